//! A plan as people read it.

use std::fmt::Write;

use super::{Plan, PlannedStep};
use crate::document::words_of;
use crate::state::Boot;
use crate::step;
use crate::targets::VolumeTypeOrigin;

/// The plan as text: what is made, then every step with its budget, what it changes, how that is undone and what it
/// locks, and where it is written.
#[must_use]
pub fn to_text(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = write_plan(&mut text, plan);
    // A summary or an image's name may hold anything; it must not move the cursor of who looks at the plan.
    text.chars()
        .map(|character| {
            if character.is_control() && character != '\n' {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

fn write_plan(text: &mut String, plan: &Plan) -> std::fmt::Result {
    writeln!(text, "{}: {}", plan.scenario, plan.summary)?;
    writeln!(text, "target {}, backend {}", plan.target, plan.backend)?;
    if !plan.chain.is_empty() {
        let chain: Vec<&str> = plan.chain.iter().map(|name| name.as_str()).collect();
        writeln!(text, "continues {}", chain.join(", then "))?;
    }
    writeln!(text, "creates, and removes at the end")?;
    for volume in &plan.volumes {
        let origin = match &volume.volume_type.origin {
            VolumeTypeOrigin::Existing(name) => format!("type {name}"),
            VolumeTypeOrigin::Create { volume_backend_name } => {
                format!("a new replicated type on {volume_backend_name}")
            }
        };
        let image = volume
            .image
            .as_ref()
            .map(|image| format!(", from image {image}"))
            .unwrap_or_default();
        writeln!(
            text,
            "  volume {}: {} GiB, {origin}{image}",
            volume.name, volume.size_gib
        )?;
        writeln!(text, "      at      {}", volume.at)?;
    }
    for server in &plan.servers {
        match &server.boot {
            Boot::Volume(volume) => writeln!(text, "  server {}: boots from volume {volume}", server.name)?,
            Boot::Image(image) => writeln!(text, "  server {}: boots from image {image}", server.name)?,
        }
        writeln!(text, "      at      {}", server.at)?;
    }
    let mut scenario = None;
    for step in &plan.steps {
        if scenario != Some(&step.scenario) {
            writeln!(text, "\nsteps of {}", step.scenario)?;
            scenario = Some(&step.scenario);
        }
        write_step(text, step)?;
    }
    Ok(())
}

fn write_step(text: &mut String, step: &PlannedStep) -> std::fmt::Result {
    writeln!(text, " {:>2}  {}", step.index + 1, step.description)?;
    writeln!(text, "      within  {}", words_of(step.budget))?;
    if let Some(change) = step::verb(step.verb).and_then(|verb| verb.change) {
        writeln!(text, "      changes {change}")?;
    }
    if let Some(undo) = &step.undo {
        writeln!(text, "      undo    {undo}")?;
    }
    if !step.locks.is_empty() {
        writeln!(text, "      locks   {}", step.locks.join(", "))?;
    }
    writeln!(text, "      at      {}", step.at)
}
