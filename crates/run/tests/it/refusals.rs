//! Folders and data from which nothing goes on, each with one clear line.

use graxe_run::{Settings, Source, Trained, Training};
use tempfile::TempDir;

use crate::{begin, bytes, plain, refusal, toy, trained};

#[test]
fn other_data_are_refused() {
    let dir = TempDir::new().unwrap();
    let source = toy::write(dir.path(), 60);
    let out = dir.path().join("out");
    let mut training = begin(&plain(&source), &out);
    training.advance().unwrap();
    training.finish().unwrap();
    let config = bytes(&out, "config.toml");
    let nodes = dir.path().join("nodes.csv");
    let text = std::fs::read_to_string(&nodes).unwrap();
    let edges = dir.path().join("edges.csv");
    let links = std::fs::read_to_string(&edges).unwrap();
    let changed = "have changed since the run began; put the old files back";
    // A class, an edge, an id.
    for (file, before, after) in [
        (&nodes, "ash\n", "beech\n"),
        (&nodes, "n7,", "n700,"),
        (&edges, "n3,", "n4,"),
    ] {
        let whole = std::fs::read_to_string(file).unwrap();
        std::fs::write(file, whole.replacen(before, after, 1)).unwrap();
        let line = match Training::resume(&out, Some(300)) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{before}: it was not refused"),
        };
        let unknown = line.contains("n7");
        assert!(line.contains(changed) || unknown, "{line}");
        assert_eq!(refusal(Trained::open(&out).unwrap().predict()), line);
        assert_eq!(refusal(Trained::open(&out).unwrap().evaluate()), line);
        std::fs::write(&nodes, &text).unwrap();
        std::fs::write(&edges, &links).unwrap();
    }
    // A run that is refused stays as it is.
    assert_eq!(bytes(&out, "config.toml"), config);
    std::fs::remove_file(&nodes).unwrap();
    let line = refusal(Training::resume(&out, None));
    assert!(line.contains("nodes.csv"), "{line}");
    std::fs::write(&nodes, &text).unwrap();
    assert!(Training::resume(&out, None).is_ok());
}

#[test]
fn a_folder_has_one_process_that_writes() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let training = begin(&plain(&Source::named("karate")), &out);
    let line = refusal(Training::resume(&out, None));
    assert!(
        line.contains("another process is training this run; wait for it"),
        "{line}"
    );
    drop(training);
    assert!(Training::resume(&out, None).is_ok());
}

#[test]
fn a_new_run_takes_no_folder_that_is_used() {
    let dir = TempDir::new().unwrap();
    let settings = plain(&Source::named("karate"));
    let create = |path: &std::path::Path| {
        let data = settings.data.load().unwrap();
        Training::create(data, settings.clone(), path)
    };
    let out = dir.path().join("new/deep/out");
    trained(&settings, &out);
    let model = bytes(&out, "model.safetensors");
    let line = refusal(create(&out));
    assert!(line.contains("holds a run already; resume it"), "{line}");
    assert_eq!(bytes(&out, "model.safetensors"), model);
    let line = refusal(create(dir.path()));
    assert!(line.contains("is not an empty folder"), "{line}");
    let file = out.join("summary.json");
    let line = refusal(create(&file));
    assert!(line.contains("is not an empty folder"), "{line}");
    let line = refusal(create(&file.join("below")));
    assert!(line.contains("cannot be written"), "{line}");
    let line = refusal(create(std::path::Path::new("/")));
    assert!(line.starts_with("/: "), "{line}");
    // An empty folder is as good as none, and what a killed process left of a folder is in nobody's way.
    let [empty, fresh] = ["empty", "fresh"].map(|name| dir.path().join(name));
    std::fs::create_dir(&empty).unwrap();
    drop(create(&empty).unwrap());
    let new = dir
        .path()
        .join(format!(".fresh.{}.new", std::process::id()));
    std::fs::create_dir(&new).unwrap();
    std::fs::write(new.join(".config.toml.1.tmp"), "mod").unwrap();
    drop(create(&fresh).unwrap());
    assert!(!new.exists());
}

#[test]
fn what_is_no_run_is_refused() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "text").unwrap();
    for (path, expected) in [
        (
            dir.path().join("none"),
            "there is no such folder; name the folder of a run",
        ),
        (
            file,
            "is a file, and a run is a folder; name the folder of a run",
        ),
        (
            dir.path().to_owned(),
            "holds no run: config.toml is missing; name the folder",
        ),
    ] {
        let line = refusal(Training::resume(&path, None));
        assert!(line.contains(expected), "{line}");
        assert_eq!(refusal(Trained::open(&path)), line);
    }
    let out = dir.path().join("out");
    drop(begin(&plain(&Source::named("karate")), &out));
    let line = refusal(Trained::open(&out));
    assert!(
        line.contains("has no model yet") && line.contains("resume it with --resume"),
        "{line}"
    );
}

#[test]
fn new_nodes_need_tables_of_the_same_columns() {
    let dir = TempDir::new().unwrap();
    let source = toy::write(dir.path(), 60);
    let (karate, out) = (dir.path().join("karate"), dir.path().join("out"));
    let nodes = dir.path().join("nodes.csv");
    let mut settings = plain(&source);
    settings.training.epochs = Some(2);
    trained(&settings, &out);
    let mut named = Settings::new("mlp", Source::named("karate")).unwrap();
    named.training.epochs = Some(2);
    trained(&named, &karate);
    let line = refusal(Trained::open(&karate).unwrap().predict_tables(&nodes, None));
    assert!(line.contains("was not trained on tables"), "{line}");
    let model = Trained::open(&out).unwrap();
    let new = dir.path().join("new.csv");
    std::fs::write(&new, "id,height,weight,soil\nq,1,2,clay\n").unwrap();
    let line = refusal(model.predict_tables(&new, None));
    assert!(line.contains("new.csv") && line.contains("wet"), "{line}");
    std::fs::write(&new, "id,height,weight,soil,wet\nq,1,tall,clay,no\n").unwrap();
    let line = refusal(model.predict_tables(&new, None));
    assert!(
        line.contains("new.csv:2") && line.contains("tall"),
        "{line}"
    );
    // A node of the run's own graph is not new once an edge attaches it.
    let edges = dir.path().join("new-edges.csv");
    std::fs::write(&new, "id,height,weight,soil,wet\nn1,1,2,clay,no\n").unwrap();
    std::fs::write(&edges, "source,target\nn1,n2\n").unwrap();
    let line = refusal(model.predict_tables(&new, Some(&edges)));
    assert!(line.contains("new.csv:2") && line.contains("n1"), "{line}");
    std::fs::write(&new, "id,height,weight,soil,wet\nq,1,2,clay,no\n").unwrap();
    std::fs::write(&edges, "source,target\nq,nobody\n").unwrap();
    let line = refusal(model.predict_tables(&new, Some(&edges)));
    assert!(
        line.contains("new-edges.csv:2") && line.contains("nobody"),
        "{line}"
    );
}
