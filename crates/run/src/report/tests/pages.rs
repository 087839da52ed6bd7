//! The pages in a browser: by mouse, by keyboard, on a phone, in the dark, and never over the network.

use std::path::Path;

use serde_json::{Value, json};

use super::browser::{Browser, DOWN, ENTER, LEFT};
use super::samples;
use crate::report::html;

/// The middle of a node's mark in the window, once the map is in sight.
const MARK: &str = "
    const map = document.getElementById('map-plot');
    map.scrollIntoView({ block: 'center', behavior: 'instant' });
    const mark = document.querySelectorAll('#map-points > *')[NODE];
    const box = mark.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
";

#[test]
fn pages_work_in_a_browser() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (name, report) in samples() {
        let file = folder.path().join(format!("{name}.html"));
        std::fs::write(&file, html(&report)).unwrap();
        open(&browser, &file);
        saves_every_plot(&browser);
        fits_a_phone(&browser);
        turns_dark(&browser);
        match name {
            "cora" => {
                names_nodes_under_the_pointer(&browser);
                chooses_by_mouse(&browser);
                chooses_by_keyboard(&browser);
                finds_by_name(&browser);
                follows_a_neighbour(&browser);
                sorts_its_table(&browser);
                hides_classes(&browser);
                shows_mistakes_alone(&browser);
            }
            "lonely" => keeps_text_as_text(&browser),
            _ => {}
        }
        assert_eq!(browser.console(), [""; 0], "{name}");
        let carried = |url: &String| !url.starts_with("data:") && !url.starts_with("blob:");
        let loaded: Vec<_> = browser.requests().into_iter().filter(carried).collect();
        assert_eq!(loaded, [format!("file://{}", file.display())], "{name}");
    }
}

fn open(browser: &Browser, file: &Path) {
    browser.open(&format!("file://{}", file.display()));
    // Were the script's hash wrong, the policy would keep it from running and the button hidden.
    browser.wait_for("return document.getElementById('theme')?.hidden === false");
}

fn saves_every_plot(browser: &Browser) {
    let plots = browser
        .run("return [...document.querySelectorAll('[data-save]')].map((b) => b.dataset.save)");
    for plot in plots.as_array().unwrap() {
        // The blob is caught on its way to the file.
        let saved = browser.text(&format!(
            "let blob, name;
             const [make, click] = [URL.createObjectURL, HTMLAnchorElement.prototype.click];
             URL.createObjectURL = (b) => {{ blob = b; return make(b); }};
             HTMLAnchorElement.prototype.click = function () {{ name = this.download; }};
             document.querySelector('[data-save={plot}]').click();
             [URL.createObjectURL, HTMLAnchorElement.prototype.click] = [make, click];
             if (name !== {plot} + '.svg' || blob.type !== 'image/svg+xml') return 'nothing was saved';
             return blob.text();"
        ));
        let outcome = browser.text(&format!(
            "const saved = new DOMParser().parseFromString({}, 'image/svg+xml');
             const error = saved.querySelector('parsererror');
             if (error) return error.textContent;
             if (saved.documentElement.localName !== 'svg') return 'no svg';
             if (!saved.querySelector('title').textContent) return 'no title';
             if (saved.querySelector('[class], [style], script')) return 'leans on the page';
             return 'parses';",
            Value::from(saved.as_str())
        ));
        assert_eq!(outcome, "parses", "{plot}");
        assert!(
            !saved.contains("var(") && !saved.contains("light-dark"),
            "{plot}"
        );
        // Whatever was saved can be drawn: no number failed.
        assert!(
            !saved.contains("NaN") && !saved.contains("Infinity"),
            "{plot}"
        );
    }
}

fn fits_a_phone(browser: &Browser) {
    let phone = json!({"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true});
    browser.devtools("Emulation.setDeviceMetricsOverride", &phone);
    let widths = browser.run(
        "const e = document.documentElement; return [e.scrollWidth, e.clientWidth, innerWidth]",
    );
    assert_eq!(widths, json!([360, 360, 360]));
    browser.devtools("Emulation.clearDeviceMetricsOverride", &json!({}));
}

fn turns_dark(browser: &Browser) {
    let background = || browser.text("return getComputedStyle(document.body).backgroundColor");
    let prefer = |scheme: &str| {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        browser.devtools("Emulation.setEmulatedMedia", &json!({"features": features}));
    };
    prefer("light");
    let light = background();
    prefer("dark");
    let dark = background();
    assert_ne!(light, dark);
    browser.click("#theme");
    assert_eq!(background(), light);
    prefer("light");
    browser.click("#theme");
    assert_eq!(background(), dark);
    browser.click("#theme");
    assert_eq!(background(), light);
}

fn id(browser: &Browser, node: usize) -> String {
    let payload = "JSON.parse(document.getElementById('payload').textContent)";
    browser.text(&format!("return {payload}.ids[{node}]"))
}

fn chosen(browser: &Browser) -> String {
    browser.text("return document.getElementById('chosen-id').textContent")
}

/// Nodes that lie alone, so that the pointer is nearest to them: the leftmost and the rightmost.
fn outermost(browser: &Browser) -> [usize; 2] {
    let found = browser.run(
        "const { x } = JSON.parse(document.getElementById('payload').textContent);
         return [x.indexOf(Math.min(...x)), x.indexOf(Math.max(...x))]",
    );
    [0, 1].map(|i| found[i].as_u64().unwrap() as usize)
}

fn mark(browser: &Browser, node: usize) -> Value {
    browser.run(&MARK.replace("NODE", &node.to_string()))
}

fn names_nodes_under_the_pointer(browser: &Browser) {
    for node in outermost(browser) {
        browser.mouse(&mark(browser, node), false);
        let said = browser
            .text("return document.querySelector('#tip:not([hidden]) strong')?.textContent ?? ''");
        assert_eq!(said, id(browser, node));
    }
}

fn chooses_by_mouse(browser: &Browser) {
    let [node, _] = outermost(browser);
    browser.mouse(&mark(browser, node), true);
    assert_eq!(chosen(browser), id(browser, node));
    shows_a_neighbourhood(browser, node);
}

/// The drawing and the table hold the nodes that the edges name.
fn shows_a_neighbourhood(browser: &Browser, node: usize) {
    let report = super::sample::cora();
    let ends = report.edges.iter().filter(|e| e.dst as usize == node);
    let mut expected: Vec<String> = ends
        .map(|e| report.points[e.src as usize].id.clone())
        .collect();
    expected.sort();
    expected.dedup();
    let listed = browser.run("return [...document.querySelectorAll('#neighbours tbody th')].map((h) => h.textContent).sort()");
    assert_eq!(listed, json!(expected));
    let drawn = browser.run("return document.querySelectorAll('#neighbourhood-plot .peer').length");
    assert_eq!(drawn, json!(expected.len().min(40)));
    // Attention sums to one at every node.
    let sum = browser.run("return [...document.querySelectorAll('#neighbours td:last-child')].reduce((s, d) => s + Number(d.textContent), 0)");
    assert!((sum.as_f64().unwrap() - 1.0).abs() < 0.01, "{sum}");
}

fn chooses_by_keyboard(browser: &Browser) {
    let [_, rightmost] = outermost(browser);
    browser.mouse(&mark(browser, rightmost), true);
    browser.run("document.getElementById('map-plot').focus()");
    browser.press(LEFT);
    let said = browser.text("return document.getElementById('said').textContent");
    let pointed = said.split(',').next().unwrap().to_owned();
    assert_ne!(pointed, id(browser, rightmost));
    browser.press(ENTER);
    assert_eq!(chosen(browser), pointed);
    let node = super::sample::cora()
        .points
        .iter()
        .position(|p| p.id == pointed);
    shows_a_neighbourhood(browser, node.unwrap());
}

fn finds_by_name(browser: &Browser) {
    let wanted = id(browser, 1234);
    browser.click("#find");
    browser.write(&wanted[..2]);
    let many = browser.run("return document.querySelectorAll('#found [role=option]').length");
    assert!(many.as_u64().unwrap() > 1, "{many}");
    let marked = "return document.querySelector('#found [aria-selected=true] span').textContent";
    let first = browser.text(marked);
    browser.press(DOWN);
    assert_ne!(browser.text(marked), first);
    browser.write(&wanted[2..]);
    browser.press(ENTER);
    assert_eq!(chosen(browser), wanted);
    assert!(browser.holds("return document.getElementById('found').hidden"));
}

fn follows_a_neighbour(browser: &Browser) {
    let next = browser.text("return document.querySelector('#neighbours .go').textContent");
    browser.run("document.querySelector('#neighbours .go').focus({ preventScroll: true })");
    browser.press(ENTER);
    assert_eq!(chosen(browser), next);
}

fn sorts_its_table(browser: &Browser) {
    let column = |cell: usize| {
        let body = format!(
            "return [...document.querySelectorAll('.sortable tbody tr')].map((r) => r.cells[{cell}].textContent)"
        );
        let cells = browser.run(&body);
        let cells = cells.as_array().unwrap().iter();
        cells
            .map(|c| c.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let ordered = |cells: &[String]| {
        cells.is_sorted_by(|a, b| a.parse::<f64>().unwrap() >= b.parse().unwrap())
    };
    assert!(!ordered(&column(3)));
    browser.click(".sortable th:nth-child(4) .sort");
    assert!(ordered(&column(3)));
    let head = "return document.querySelector('.sortable th:nth-child(4)').ariaSort";
    assert_eq!(browser.text(head), "descending");
    browser.run("document.querySelector('.sortable th:nth-child(4) .sort').focus()");
    browser.press(ENTER);
    assert_eq!(browser.text(head), "ascending");
    browser.click(".sortable th:first-child .sort");
    assert!(column(0).is_sorted());
}

/// The classes of the marks that are shown.
const SHOWN: &str = "
    const shown = [...document.querySelectorAll('#map-points > *')]
        .filter((mark) => getComputedStyle(mark).display !== 'none')
        .flatMap((mark) => [...mark.classList].filter((c) => /^k\\d+$/.test(c)));
    return [...new Set(shown)].sort().join(' ');
";

fn hides_classes(browser: &Browser) {
    assert_eq!(browser.text(SHOWN), "k0 k1 k2 k3 k4 k5 k6");
    browser.click(".key[data-class='2']");
    assert_eq!(browser.text(SHOWN), "k0 k1 k3 k4 k5 k6");
    browser.click("[data-all=false]");
    assert_eq!(browser.text(SHOWN), "");
    browser.click(".key[data-class='3']");
    assert_eq!(browser.text(SHOWN), "k3");
    browser.click("[data-all=true]");
    assert_eq!(browser.text(SHOWN), "k0 k1 k2 k3 k4 k5 k6");
}

fn shows_mistakes_alone(browser: &Browser) {
    let wrong = super::sample::cora()
        .points
        .iter()
        .filter(|p| p.is_wrong())
        .count();
    browser.click("#map-wrong");
    let shown = "return document.querySelectorAll('#map-points > :not(.off)').length";
    assert_eq!(browser.run(shown), json!(wrong));
    browser.click("#map-wrong");
}

fn keeps_text_as_text(browser: &Browser) {
    assert!(browser.holds("return document.images.length === 0 && document.scripts.length === 2"));
    let title = browser.text("return document.querySelector('h1').textContent");
    assert!(title.starts_with("</script><script>alert(1)"), "{title}");
    assert_eq!(chosen(browser), title);
}
