//! A browser to look at pages with: as much of WebDriver as the tests need.
//!
//! # Reference
//! W3C, "WebDriver", Level 2.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// WebDriver's names of keys.
pub(super) const ENTER: &str = "\u{e007}";
pub(super) const LEFT: &str = "\u{e012}";
pub(super) const DOWN: &str = "\u{e015}";

/// How long a page may take to be there.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser without a window; it ends with this value.
pub(super) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: TempDir,
}

impl Browser {
    /// Starts Chromium; `None` where there is no chromedriver, which CI does not accept.
    pub(super) fn start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let Ok(mut driver) = command.spawn() else {
            assert!(std::env::var_os("CI").is_none(), "CI needs chromedriver");
            eprintln!("skipped: no chromedriver");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("chromedriver ended").unwrap();
            if let Some((_, port)) = line.rsplit_once("successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            profile,
        };
        let options = browser.options();
        let begun = browser.request("POST", "/session", &options);
        browser.session = begun["sessionId"].as_str().expect("a session").to_owned();
        Some(browser)
    }

    /// No window, no profile, no calls home; what is logged and what is loaded are kept.
    fn options(&self) -> Value {
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--force-prefers-reduced-motion",
            "--window-size=1200,900",
        ];
        let mut args: Vec<String> = args.map(str::to_owned).to_vec();
        args.push(format!("--user-data-dir={}", self.profile.path().display()));
        json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}})
    }

    /// Panics with what the driver says if it refuses.
    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let value = self.ask(method, path, body);
        let value = value.unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        assert!(
            value["error"].is_null(),
            "{method} {path}: {} {}",
            value["error"],
            value["message"]
        );
        value
    }

    /// One request over a connection of its own.
    fn ask(&self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        let answer: Value = serde_json::from_slice(&answer)?;
        Ok(answer["value"].clone())
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", &format!("/session/{}{path}", self.session), body)
    }

    pub(super) fn open(&self, url: &str) {
        self.post("/url", &json!({"url": url}));
    }

    /// The value of a function's body run in the page.
    pub(super) fn run(&self, body: &str) -> Value {
        self.post("/execute/sync", &json!({"script": body, "args": []}))
    }

    /// The text that a function's body returns, or the promise of it.
    pub(super) fn text(&self, body: &str) -> String {
        let value = self.run(body);
        value
            .as_str()
            .unwrap_or_else(|| panic!("{body}: {value} is no text"))
            .to_owned()
    }

    pub(super) fn holds(&self, body: &str) -> bool {
        self.run(body) == Value::Bool(true)
    }

    /// Waits until a function's body holds: a browser that has just started may still be at another page.
    pub(super) fn wait_for(&self, body: &str) {
        let start = Instant::now();
        while !self.holds(body) {
            assert!(start.elapsed() < PATIENCE, "it never holds: {body}");
        }
    }

    /// A command of the browser's own protocol.
    pub(super) fn devtools(&self, command: &str, params: &Value) {
        self.post(
            "/goog/cdp/execute",
            &json!({"cmd": command, "params": params}),
        );
    }

    /// Presses and releases a key where the focus is.
    pub(super) fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.post(
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}),
        );
    }

    /// Types text where the focus is.
    pub(super) fn write(&self, text: &str) {
        for c in text.chars() {
            self.press(&c.to_string());
        }
    }

    /// Moves the mouse to a place in the window, and clicks there or not.
    pub(super) fn mouse(&self, place: &Value, click: bool) {
        let at = |i: usize| place[i].as_f64().unwrap().round() as i64;
        let mut actions =
            vec![json!({"type": "pointerMove", "duration": 0, "x": at(0), "y": at(1)})];
        if click {
            actions.push(json!({"type": "pointerDown", "button": 0}));
            actions.push(json!({"type": "pointerUp", "button": 0}));
        }
        let mouse = json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions});
        self.post("/actions", &json!({"actions": [mouse]}));
    }

    /// Clicks the middle of an element, once it is in sight.
    pub(super) fn click(&self, selector: &str) {
        let found = json!({"using": "css selector", "value": selector});
        let element = self.post("/element", &found);
        let id = element.as_object().and_then(|e| e.values().next());
        let id = id.and_then(Value::as_str).expect("an element").to_owned();
        self.post(&format!("/element/{id}/click"), &json!({}));
    }

    /// What the console said since the last call.
    pub(super) fn console(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().expect("a log").iter();
        entries.map(|entry| entry["message"].to_string()).collect()
    }

    /// What files asked for since the last call, themselves among it, by address; not what the browser loads for its own pages.
    pub(super) fn requests(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({"type": "performance"}));
        let event = |entry: &Value| -> Option<String> {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let (method, params) = (&event["message"]["method"], &event["message"]["params"]);
            let own = params["documentURL"].as_str()?.starts_with("file:");
            let url = params["request"]["url"].as_str()?;
            (own && method == "Network.requestWillBeSent").then(|| url.to_owned())
        };
        entries
            .as_array()
            .expect("a log")
            .iter()
            .filter_map(event)
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser when it is asked to, and not when it is ended itself.
        let _ = self.ask(
            "DELETE",
            &format!("/session/{}", self.session),
            &Value::Null,
        );
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
