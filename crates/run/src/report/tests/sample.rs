//! Reports of made-up runs, from one that resembles Cora to one of nothing.

use super::super::{
    Bin, ClassScore, DegreeBin, Edge, Epoch, Part, Point, Report, Score, ScoreKind,
};

/// Text that would break out of HTML, of SVG, of a script, or of XML.
pub(super) const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> \"'&\u{2028}\u{1}\u{202e}";

/// A small generator of fixed numbers; the samples need no good one.
struct Numbers(u64);

impl Numbers {
    /// Uniform in [0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005);
        self.0 = self.0.wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// Roughly normal, as a sum of uniform numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// What a sample is made from.
struct Plan {
    title: &'static str,
    nodes: usize,
    edges: usize,
    classes: Vec<String>,
    attention: bool,
    accuracy: f64,
    train_per_class: usize,
}

/// As large as Cora, with a model that attends.
pub(super) fn cora() -> Report {
    let classes = [
        "Case_Based",
        "Genetic_Algorithms",
        "Neural_Networks",
        "Probabilistic_Methods",
        "Reinforcement_Learning",
        "Rule_Learning",
        "Theory",
    ];
    let mut report = made(&Plan {
        title: "cora with gat",
        nodes: 2708,
        edges: 5278,
        classes: classes.map(str::to_owned).to_vec(),
        attention: true,
        accuracy: 0.82,
        train_per_class: 20,
    });
    report.warnings.clear();
    report
}

/// As large as Zachary's karate club.
pub(super) fn karate() -> Report {
    made(&Plan {
        title: "karate with gcn",
        nodes: 34,
        edges: 78,
        classes: vec!["Mr. Hi".to_owned(), "Officer".to_owned()],
        attention: false,
        accuracy: 0.9,
        train_per_class: 1,
    })
}

/// As many nodes and edges as a map may hold, in forty classes with long names.
pub(super) fn large() -> Report {
    let subjects = [
        "Computational geometry",
        "Operating systems and their networks",
    ];
    let name = |i: usize| format!("cs.{:02} {} of kind {i}", i, subjects[i % 2]);
    made(&Plan {
        title: "A citation graph of preprints, by subject, with graph attention",
        nodes: 5000,
        edges: 25000,
        classes: (0..40).map(name).collect(),
        attention: true,
        accuracy: 0.66,
        train_per_class: 30,
    })
}

/// Nothing but a title.
pub(super) fn empty() -> Report {
    Report {
        title: "nothing".to_owned(),
        calibration_error: f64::NAN,
        explained: [f64::NAN; 2],
        ..Report::default()
    }
}

/// One epoch, one node, one class, no edge, no test node, and no number that exists.
pub(super) fn lonely() -> Report {
    let nan = f64::NAN;
    Report {
        title: HOSTILE.to_owned(),
        created: "2026-05-03T09:41:00.25+02:00".to_owned(),
        scores: vec![
            Score {
                name: HOSTILE.to_owned(),
                kind: ScoreKind::Model,
                val_accuracy: nan,
                test_accuracy: nan,
            },
            Score {
                name: "mlp".to_owned(),
                kind: ScoreKind::Features,
                val_accuracy: nan,
                test_accuracy: nan,
            },
        ],
        curves: vec![Epoch {
            number: 1,
            train_loss: 0.7,
            val_loss: nan,
            val_accuracy: nan,
            test_accuracy: nan,
        }],
        kept_epoch: 1,
        classes: vec![HOSTILE.to_owned()],
        confusion: vec![vec![0]],
        class_scores: vec![ClassScore {
            precision: nan,
            recall: nan,
            f1: nan,
            support: 0,
        }],
        calibration: vec![Bin {
            lower: 0.9,
            upper: 1.0,
            count: 0,
            confidence: nan,
            accuracy: nan,
        }],
        calibration_error: nan,
        points: vec![
            Point {
                x: 0.0,
                y: 0.0,
                id: HOSTILE.to_owned(),
                label: None,
                predicted: 0,
                probability: f32::NAN,
                part: Part::None,
                degree: 0,
            },
            Point {
                x: nan,
                y: 0.0,
                id: "nowhere".to_owned(),
                label: Some(0),
                predicted: 7,
                probability: 1.0,
                part: Part::Train,
                degree: 0,
            },
        ],
        nodes: 2,
        explained: [nan, nan],
        edges: Vec::new(),
        degrees: vec![DegreeBin {
            low: 0,
            high: 0,
            count: 0,
            accuracy: nan,
        }],
        config: vec![(HOSTILE.to_owned(), HOSTILE.to_owned())],
        environment: Vec::new(),
        warnings: vec![HOSTILE.to_owned()],
    }
}

fn made(plan: &Plan) -> Report {
    let mut numbers = Numbers(7);
    let k = plan.classes.len();
    let mut points = points(plan, &mut numbers);
    let edges = edges(plan, &mut points, &mut numbers);
    let tested = |p: &&Point| p.part == Part::Test;
    let mut confusion = vec![vec![0; k]; k];
    for point in points.iter().filter(tested) {
        if let Some(label) = point.label {
            confusion[label as usize][point.predicted as usize] += 1;
        }
    }
    let test: Vec<&Point> = points
        .iter()
        .filter(tested)
        .filter(|p| p.label.is_some())
        .collect();
    let accuracy = accuracy(&test);
    let calibration = calibration(&test);
    let gap = |b: &Bin| (b.confidence - b.accuracy).abs() * b.count as f64;
    let filled = calibration.iter().filter(|b| b.count > 0);
    let error = filled.map(gap).sum::<f64>() / test.len() as f64;
    let scores = [
        (
            plan.title.rsplit(' ').next().unwrap_or("gcn"),
            ScoreKind::Model,
            accuracy,
        ),
        ("mlp", ScoreKind::Features, accuracy - 0.23),
        ("label propagation", ScoreKind::Other, accuracy - 0.12),
        (
            "most frequent class",
            ScoreKind::Other,
            1.0 / k as f64 + 0.1,
        ),
    ];
    Report {
        title: plan.title.to_owned(),
        created: "2026-05-03T09:41:00Z".to_owned(),
        scores: scores
            .map(|(name, kind, test)| Score {
                name: name.to_owned(),
                kind,
                val_accuracy: test - 0.012,
                test_accuracy: test,
            })
            .to_vec(),
        curves: curves(accuracy, &mut numbers),
        kept_epoch: 143,
        class_scores: (0..k).map(|class| class_score(&confusion, class)).collect(),
        confusion,
        calibration,
        calibration_error: error,
        degrees: degrees(&test),
        nodes: if plan.nodes == 5000 {
            169_343
        } else {
            plan.nodes
        },
        points,
        explained: [0.341, 0.187],
        edges,
        classes: plan.classes.clone(),
        config: pairs(&[
            ("model", "gat"),
            ("protocol", "planetoid"),
            ("hidden", "8"),
            ("heads", "8"),
            ("learning rate", "0.005"),
            ("weight decay", "0.0005"),
            ("dropout", "0.6"),
            ("seed", "0"),
        ]),
        environment: pairs(&[
            ("graxe", "0.1.0"),
            ("processor", "Intel Xeon Platinum 8481C, AVX-512, 2 threads"),
            (
                "data",
                "/home/someone/graphs/planetoid/a/rather/long/path/that/goes/on/ind.cora.graph",
            ),
            (
                "SHA-256",
                "5b3a4a1e6d0b2d2e6b7c8f9012a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5",
            ),
            ("duration", "3.2 s"),
        ]),
        warnings: vec![
            "12 nodes have no edge; their predictions rest on their features alone.".to_owned(),
        ],
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

/// Clusters on a ring, with mistakes drawn towards the class that they are taken for.
fn points(plan: &Plan, numbers: &mut Numbers) -> Vec<Point> {
    let k = plan.classes.len();
    let spread: Vec<f64> = (0..k).map(|_| 0.5 + numbers.uniform()).collect();
    let reach: Vec<f64> = (0..k).map(|_| 3.0 + 3.0 * numbers.uniform()).collect();
    let mut in_train = vec![0; k];
    let mut point = |i: usize| {
        // Large classes and small ones.
        let class = (numbers.uniform().powf(1.4) * k as f64) as usize;
        // A little surer than it should be.
        let sure = 1.0 - 3.0 * (1.0 - plan.accuracy) * numbers.uniform().powi(2);
        let right = numbers.uniform() < sure - 0.05;
        let near = (class + 1 + numbers.below(2)) % k;
        let predicted = if right { class } else { near };
        let lean = if right { 0.12 } else { 0.75 };
        let centre = |c: usize| {
            let angle = std::f64::consts::TAU * c as f64 / k as f64;
            (1.6 * reach[c] * angle.cos(), reach[c] * angle.sin())
        };
        let ((ax, ay), (bx, by)) = (centre(class), centre(near));
        let pull = (lean + 0.2 * numbers.normal()).clamp(0.0, 1.0);
        let part = if in_train[class] < plan.train_per_class {
            in_train[class] += 1;
            Part::Train
        } else {
            match i % 5 {
                0 => Part::Val,
                1 | 2 => Part::Test,
                _ if plan.nodes < 100 => Part::Test,
                _ => Part::None,
            }
        };
        let id = if plan.nodes == 34 {
            (i + 1).to_string()
        } else {
            (31_336 + 397 * i).to_string()
        };
        Point {
            x: ax + pull * (bx - ax) + spread[class] * numbers.normal(),
            y: ay + pull * (by - ay) + spread[class] * numbers.normal(),
            id,
            label: (part != Part::None || !i.is_multiple_of(3)).then_some(class as u32),
            predicted: predicted as u32,
            probability: sure as f32,
            part,
            degree: 0,
        }
    };
    (0..plan.nodes).map(&mut point).collect()
}

/// Mostly edges within a class, a few hubs, both directions; attention sums to one at each node.
fn edges(plan: &Plan, points: &mut [Point], numbers: &mut Numbers) -> Vec<Edge> {
    let n = plan.nodes;
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); plan.classes.len()];
    for (i, point) in points.iter().enumerate() {
        of[point.class() as usize].push(i);
    }
    let mut edges = Vec::new();
    for _ in 0..plan.edges {
        let a = (numbers.uniform().powi(2) * n as f64) as usize;
        let own = &of[points[a].class() as usize];
        let b = if numbers.uniform() < 0.81 {
            own[numbers.below(own.len())]
        } else {
            numbers.below(n)
        };
        if a == b {
            continue;
        }
        for (src, dst) in [(a, b), (b, a)] {
            points[dst].degree += 1;
            let attention = plan.attention.then(|| (0.2 + numbers.uniform()) as f32);
            edges.push(Edge {
                src: src as u32,
                dst: dst as u32,
                attention,
            });
        }
    }
    let mut sums = vec![0.0; n];
    for edge in &edges {
        sums[edge.dst as usize] += edge.attention.unwrap_or(0.0);
    }
    for edge in &mut edges {
        edge.attention = edge.attention.map(|a| a / sums[edge.dst as usize]);
    }
    edges
}

fn curves(accuracy: f64, numbers: &mut Numbers) -> Vec<Epoch> {
    let mut epoch = |number: usize| {
        let t = number as f64;
        let learnt = 1.0 - (-t / 25.0).exp();
        let mut noise = || 0.008 * numbers.normal();
        Epoch {
            number,
            train_loss: 1.9 * (-t / 40.0).exp() + 0.12 + noise().abs(),
            val_loss: 1.2 * (-t / 30.0).exp() + 0.7 + 0.0006 * t + noise(),
            val_accuracy: (accuracy - 0.02) * learnt + noise(),
            test_accuracy: accuracy * learnt + noise(),
        }
    };
    (1..=200).map(&mut epoch).collect()
}

fn accuracy(points: &[&Point]) -> f64 {
    let right = points.iter().filter(|p| !p.is_wrong()).count();
    right as f64 / points.len() as f64
}

fn class_score(confusion: &[Vec<u64>], class: usize) -> ClassScore {
    let support: u64 = confusion[class].iter().sum();
    let taken: u64 = confusion.iter().map(|row| row[class]).sum();
    let right = confusion[class][class] as f64;
    let (precision, recall) = (right / taken as f64, right / support as f64);
    let f1 = 2.0 * precision * recall / (precision + recall);
    ClassScore {
        precision,
        recall,
        f1,
        support,
    }
}

fn calibration(test: &[&Point]) -> Vec<Bin> {
    let bin = |i: u32| {
        let (lower, upper) = (f64::from(i) / 10.0, f64::from(i + 1) / 10.0);
        let inside = |p: &&&Point| (lower..upper).contains(&f64::from(p.probability));
        let inside: Vec<&Point> = test.iter().filter(inside).copied().collect();
        let sum: f64 = inside.iter().map(|p| f64::from(p.probability)).sum();
        Bin {
            lower,
            upper,
            count: inside.len() as u64,
            confidence: sum / inside.len() as f64,
            accuracy: accuracy(&inside),
        }
    };
    (0..10).map(bin).collect()
}

fn degrees(test: &[&Point]) -> Vec<DegreeBin> {
    let bounds = [
        (0, 0),
        (1, 1),
        (2, 3),
        (4, 7),
        (8, 15),
        (16, 31),
        (32, u32::MAX),
    ];
    let bin = |(low, high): (u32, u32)| {
        let inside = |p: &&&Point| (low..=high).contains(&p.degree);
        let inside: Vec<&Point> = test.iter().filter(inside).copied().collect();
        DegreeBin {
            low,
            high,
            count: inside.len() as u64,
            accuracy: accuracy(&inside),
        }
    };
    bounds.map(bin).to_vec()
}
