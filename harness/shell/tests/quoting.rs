use proptest::prelude::*;

use crate::shell::{Command, Shell, ShellError, quote};

#[tokio::test]
async fn a_command_with_a_nul_character_is_refused() {
    let command = format!("printf %s {}", quote("a\0b"));
    let error = Shell::local().run(Command::new(command)).await.unwrap_err();
    assert!(matches!(error, ShellError::NotStarted { .. }), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn sh_takes_a_quoted_word_for_itself(word in "[^\0]{0,20}") {
        let output = std::process::Command::new("/bin/sh").arg("-c").arg(format!("printf %s {}", quote(&word))).output().unwrap();
        prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
    }
}
