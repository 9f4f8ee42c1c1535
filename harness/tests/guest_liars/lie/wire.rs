//! Connections that are not as good ones are.

/// How a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// It is accepted, and nothing comes.
    Silent,
    /// Lines that are no SSH come, for ever.
    Tarpit,
    /// It is closed at once.
    Closes,
    /// The server's identification is this.
    Version(&'static str),
    /// So many bytes of a banner come before the authentication.
    Banner(usize),
    /// Debug messages come with each command.
    DebugFlood,
    /// The keys are changed after this many bytes.
    Rekeys(usize),
    /// Windows and packets are of this size, in bytes.
    Narrow(u32),
    /// Another host key is shown.
    Key(HostKey),
    /// No key is let in.
    RefusesKeys,
    /// No channel is opened (OpenSSH's `MaxSessions 0`).
    RefusesChannels,
    /// No command is started.
    RefusesCommands,
    /// It is cut as soon as a channel is to be opened.
    CutsWhenUsed,
}

/// Which host key is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKey {
    /// The usual one.
    Usual,
    /// Another of the same type.
    Other,
    /// One of another type.
    OtherType,
}
