//! The man in the middle: he listens where the harness looks for guests, and passes on to the true ones what he wants.

mod answer;
mod command;
mod liar;
mod memory;
mod server;
mod upstream;
mod writer;

pub use answer::{Answer, Mark, Status};
pub use command::{Command, Kind};
pub use liar::from_memory;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, PrivateKey};
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use crate::lie::GuestLie;
use memory::Memory;
use upstream::Upstream;

/// The man himself.
pub struct Middle {
    lies: Vec<GuestLie>,
    /// The port of the true guests.
    guest_port: u16,
    client_key: Arc<PrivateKey>,
    host_keys: [PrivateKey; 3],
    memory: Mutex<Memory>,
    upstreams: Mutex<HashMap<IpAddr, Arc<Upstream>>>,
    note: Mutex<Vec<String>>,
}

impl Middle {
    /// Listens on all addresses of the loopback interface, since a guest may have any of them. Answers the port.
    ///
    /// # Errors
    /// The system refuses.
    pub fn start(lies: Vec<GuestLie>, guest_port: u16, client_key: &str) -> io::Result<(Arc<Middle>, u16)> {
        let ecdsa = || {
            let curve = EcdsaCurve::NistP256;
            PrivateKey::random(&mut rand::rng(), Algorithm::Ecdsa { curve }).map_err(io::Error::other)
        };
        let ed25519 = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).map_err(io::Error::other)?;
        let client_key = PrivateKey::from_openssh(client_key).map_err(io::Error::other)?;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        // So that nothing but this machine can reach it, whatever the address.
        socket.bind_device(Some(b"lo"))?;
        socket.bind(&SocketAddr::from(([0, 0, 0, 0], 0)).into())?;
        socket.listen(128)?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from_std(socket.into())?;
        let port = listener.local_addr()?.port();
        let middle = Arc::new(Middle {
            lies,
            guest_port,
            client_key: Arc::new(client_key),
            host_keys: [ecdsa()?, ecdsa()?, ed25519],
            memory: Mutex::default(),
            upstreams: Mutex::default(),
            note: Mutex::default(),
        });
        tokio::spawn(accept(listener, Arc::clone(&middle)));
        Ok((middle, port))
    }

    /// How often he lied.
    pub fn lied(&self) -> usize {
        self.memory().lied
    }

    /// What he saw, for a fault.
    pub fn notes(&self) -> String {
        let notes = self.note.lock().unwrap_or_else(PoisonError::into_inner);
        let last = notes.len().saturating_sub(60);
        notes[last..].join("\n")
    }

    /// Whether a command that begins like this was sent to the true guest or to him.
    pub fn was_sent(&self, word: &str) -> bool {
        let notes = self.note.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().any(|note| note.contains(word))
    }

    fn note(&self, text: String) {
        self.note.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn upstreams(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Upstream>>> {
        self.upstreams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: TcpListener, middle: Arc<Middle>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(server::serve(stream, Arc::clone(&middle)));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// The address at which a connection looks for a guest.
fn guest_of(stream: &TcpStream) -> Option<IpAddr> {
    let address = stream.local_addr().ok()?.ip();
    address.is_loopback().then_some(address)
}
