//! The page as a browser draws it, where one is installed: nothing leaves its card or the screen, nothing lies over anything else; and a
//! long run makes a small page. `CINDER_DRILL_BROWSER` names another program than `chromium`; `KEEP_PAGES=DIR` keeps the pages.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::events::*;
use super::formats::{every_outcome, text};
use crate::event::{EventKind, Journal, Verdict};
use crate::failure::Failure;
use crate::report::Format;

/// What the host page does with each page: shows it in a frame of each width, and measures.
const MEASURE: &str = r#"
const found = [];
const say = (width, what, node) => found.push({ width, what, node: (node.className || node.tagName) + ': ' + node.textContent.trim().slice(0, 60) });
function look(frame, width) {
  const page = frame.contentDocument;
  if (page.documentElement.scrollWidth > width) say(width, 'wider than the screen: ' + page.documentElement.scrollWidth, page.body);
  for (const details of page.querySelectorAll('details')) details.open = true;
  page.querySelectorAll('.verdict').forEach(card => card.style.contentVisibility = 'visible');
  if (page.documentElement.scrollWidth > width) say(width, 'wider than the screen when unfolded: ' + page.documentElement.scrollWidth, page.body);
  for (const bar of page.querySelectorAll('.lane i, .bars i')) {
    const inner = bar.getBoundingClientRect(), outer = bar.parentElement.getBoundingClientRect();
    if (inner.left < outer.left - 1 || inner.right > outer.right + 2.5 || inner.bottom > outer.bottom + 1) say(width, 'a bar leaves its lane', bar);
  }
  for (const card of page.querySelectorAll('.card')) {
    const outer = card.getBoundingClientRect();
    for (const node of card.querySelectorAll('p, h2, h3, pre, dl, .lane, .row, .table, .overview, .phases')) {
      if (node.parentElement.closest('.table, pre')) continue;
      const inner = node.getBoundingClientRect();
      if (inner.width && inner.right > outer.right + 1) say(width, 'leaves its card', node);
    }
  }
  for (const row of page.querySelectorAll('tr, .row, summary.head, .phases, header')) {
    const parts = [...row.children].map(node => [node, node.getBoundingClientRect()]).filter(([, box]) => box.width && box.height);
    for (let one = 0; one < parts.length; one++) for (let other = one + 1; other < parts.length; other++) {
      const [a, b] = [parts[one][1], parts[other][1]];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 1) say(width, 'lies over what is beside it', parts[one][0]);
    }
  }
  for (const text of page.querySelectorAll('td, th, .badge, .row > *')) {
    if (text.scrollWidth > text.clientWidth + 1 && text.clientWidth && getComputedStyle(text).overflow === 'visible' && !text.closest('.table')) say(width, 'text leaves its box', text);
  }
}
async function all() {
  for (const width of [360, 768, 1280]) {
    const frame = document.createElement('iframe');
    frame.style.cssText = `width:${width}px;height:900px;border:0`;
    document.body.append(frame);
    await new Promise(done => { frame.onload = done; frame.srcdoc = PAGE; });
    look(frame, width);
    frame.remove();
  }
  const out = document.createElement('output');
  out.textContent = JSON.stringify(found.slice(0, 40));
  document.body.replaceChildren(out);
  document.title = 'measured';
}
all();
"#;

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CINDER_DRILL_BROWSER").map(PathBuf::from);
    named.or_else(|| {
        let paths = std::env::var_os("PATH")?;
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let all = std::env::split_paths(&paths).flat_map(|folder| names.map(|name| folder.join(name)));
        all.into_iter().find(|path| path.is_file())
    })
}

/// What a browser sees that is wrong with a page, at three widths.
fn measured(browser: &Path, page: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let host = folder.path().join("host.html");
    // A `</script>` in the page must not end the script that holds it.
    let quoted = json!(page).to_string().replace("</", "<\\/");
    let html = format!("<!doctype html><meta charset=utf-8><body><script>const PAGE = {quoted};\n{MEASURE}</script>");
    std::fs::write(&host, html).expect("written");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--virtual-time-budget=60000", "--window-size=1300,1000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", host.display()))
        .output()
        .expect("a browser that starts");
    let dom = String::from_utf8_lossy(&output.stdout);
    let said = dom
        .split("<output>")
        .nth(1)
        .and_then(|rest| rest.split("</output>").next());
    let said = said.unwrap_or_else(|| panic!("{dom}\n{}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(&html_escape::decode_html_entities(said)).expect("JSON")
}

/// A long run: many scenarios with many steps, waits and requests, of which one in twenty fails; its events are counted.
fn long_run(scenarios: usize, steps: usize, requests: usize) -> (Journal, usize) {
    let names: Vec<String> = (0..scenarios)
        .map(|number| format!("data-volume-failover-and-back-{number}[ext4,a-type-with-a-long-name]"))
        .collect();
    let mut kinds = vec![run_started(&names.iter().map(String::as_str).collect::<Vec<_>>())];
    for (number, name) in names.iter().enumerate() {
        kinds.push(EventKind::ScenarioStarted {
            scenario: name.clone(),
            summary: "A data volume keeps its data.".to_owned(),
            steps,
            beginning_only: false,
        });
        let is_bad = number % 20 == 7;
        for index in 0..steps {
            let verb = ["write", "expect-replicated", "failover", "reconnect", "read"][index % 5];
            let within = (0..requests).map(|request| EventKind::Requested {
                service: "block-storage".to_owned(),
                method: "GET".to_owned(),
                url: format!("http://192.0.2.1/volume/v3/volumes/{number}-{index}-{request}"),
                status: Some(200),
                request_id: Some(format!("req-{number}-{index}-{request}")),
                milliseconds: 20,
                attempt: 1,
                error: None,
                refused: false,
            });
            let failure = (is_bad && index + 1 == steps).then(|| {
                Failure::expectation(format!(
                    "{} is not what was written",
                    "/mnt/data/a-very-long-name-of-a-file".repeat(6)
                ))
            });
            kinds.extend(step(name, index, verb, within.collect(), failure));
        }
        kinds.push(EventKind::Collected {
            evidence: crate::event::Evidence {
                title: format!("console of {name}"),
                text: "a line of a console that says something\n".repeat(2_000),
                file: None,
            },
        });
        let verdict = match is_bad {
            true => failed(
                Failure::expectation("what was read is not what was written"),
                Some(steps - 1),
            ),
            false => Verdict::Passed,
        };
        kinds.push(scenario_finished(name, verdict));
    }
    kinds.push(EventKind::RunFinished { milliseconds: 1 });
    let events = kinds.len();
    (journal(kinds), events)
}

#[test]
fn a_page_stays_small_however_long_the_run_was() {
    let (journal, events) = long_run(200, 20, 23);
    assert!(events > 100_000, "{events} events");
    let html = text(&journal, Format::Html);
    assert!(html.len() <= 3_000_000, "{} bytes", html.len());
    println!("{events} events make a page of {} kB", html.len() / 1_000);
    // What failed is shown nevertheless, and what is not shown is counted.
    assert_eq!(html.matches("class=\"card verdict verdict-failed\" open").count(), 10);
    assert!(html.contains("more are in report.json"));
}

#[test]
fn a_browser_sees_nothing_that_overflows_or_overlaps() {
    let Some(browser) = browser() else {
        println!("no browser is installed: nobody has looked at the page");
        return;
    };
    let pages = [
        ("outcomes", text(&every_outcome(), Format::Html)),
        ("recovery", text(&super::recovery::both(), Format::Html)),
        ("hostile", text(&super::hostile::hostile(), Format::Html)),
        ("long", text(&long_run(200, 20, 23).0, Format::Html)),
    ];
    let mut wrong = Vec::new();
    for (name, page) in &pages {
        if let Some(folder) = std::env::var_os("KEEP_PAGES") {
            std::fs::write(Path::new(&folder).join(format!("{name}.html")), page).expect("a folder");
        }
        let found = measured(&browser, page);
        wrong.extend(
            found
                .iter()
                .map(|found| format!("{name} at {}: {} ({})", found["width"], found["what"], found["node"])),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The measure itself must see what is wrong.
    let broken = pages[0]
        .1
        .replace("overflow: hidden", "overflow: visible")
        .replace("left:0", "left:0%");
    let broken = broken.replacen(
        "<main>",
        "<main><div class=\"card\"><p style=\"width:3000px\">wide</p></div>",
        1,
    );
    let found = measured(&browser, &broken);
    assert!(
        found.iter().any(|found| found["what"] == "leaves its card"),
        "{found:?}"
    );
}
