//! One golden case and the reader of a file of them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{Tensor, Tolerance};

/// One golden case: a call, what it was given and what the original made of it.
///
/// Exactly what a case has beyond its inputs tells what it checks: outputs, an error, facts or a jaxpr.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The file the case stands in, for example `ops.json`.
    #[serde(skip)]
    pub file: String,
    /// The case's name, unique in its file.
    pub name: String,
    /// The operation's name; `op` or `function` is always there.
    pub op: Option<String>,
    /// The function as a short formula in numpy-like words (the file's key is `fn`).
    #[serde(rename = "fn")]
    pub function: Option<String>,
    /// The function's short name, shared by its float32 and its float64 case.
    pub family: Option<String>,
    /// The JAX expression behind the outputs.
    pub expr: Option<String>,
    /// The call's arrays by name, in the file's order.
    #[serde(deserialize_with = "in_order")]
    pub inputs: Vec<(String, Tensor)>,
    /// The call's static arguments.
    pub params: Map<String, Value>,
    /// The expected arrays by name, in the file's order.
    #[serde(deserialize_with = "in_order")]
    pub outputs: Vec<(String, Tensor)>,
    /// How far a result may lie from the recorded one.
    pub tol: Tolerance,
    /// The tolerance where a float64 case is computed in float32.
    pub tol_f32: Option<Tolerance>,
    /// The call must be refused, with this meaning though not in these words.
    pub error: Option<Refusal>,
    /// Facts expected instead of outputs.
    pub facts: Option<Value>,
    /// The program as JAX prints it.
    pub jaxpr: Option<String>,
    /// The program's structure with its variables renamed in order.
    pub normalised: Option<Value>,
    /// What the recorded value does not bind.
    pub unspecified: Option<String>,
    /// Which of several recorded outputs are right.
    pub accept: Option<String>,
    /// Conventions worth knowing.
    pub note: Option<String>,
}

/// How the original refused a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The type of the exception.
    pub kind: String,
    /// The exception's text.
    pub message: String,
}

impl Case {
    /// The input of that name.
    pub fn input(&self, name: &str) -> Option<&Tensor> {
        named(&self.inputs, name)
    }

    /// The expected output of that name.
    pub fn output(&self, name: &str) -> Option<&Tensor> {
        named(&self.outputs, name)
    }
}

fn named<'t>(tensors: &'t [(String, Tensor)], name: &str) -> Option<&'t Tensor> {
    tensors.iter().find(|(key, _)| key == name).map(|(_, t)| t)
}

/// Reads the cases of `dir/file` in order.
///
/// # Errors
/// One line naming the file and, where its text is at fault, the line and what was expected.
pub fn read(dir: &Path, file: &str) -> Result<Vec<Case>, String> {
    let path = dir.join(file);
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    parse(file, &text).map_err(|e| format!("{}: {e}", path.display()))
}

fn parse(file: &str, text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let mut seen = BTreeSet::new();
    for case in &mut cases {
        if case.op.is_none() && case.function.is_none() {
            return Err(format!("case {}: neither op nor fn", case.name));
        }
        if !seen.insert(case.name.clone()) {
            return Err(format!("case {}: the name occurs twice", case.name));
        }
        file.clone_into(&mut case.file);
    }
    Ok(cases)
}

/// Reads a JSON object of tensors without sorting its keys.
fn in_order<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, Tensor)>, D::Error> {
    struct InOrder;

    impl<'de> Visitor<'de> for InOrder {
        type Value = Vec<(String, Tensor)>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an object of tensors")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut tensors = Vec::new();
            while let Some(entry) = map.next_entry()? {
                tensors.push(entry);
            }
            Ok(tensors)
        }
    }

    from.deserialize_map(InOrder)
}

#[cfg(test)]
mod tests {
    use super::super::{Data, committed, files};
    use super::*;

    /// A file of one case with these members beside the required ones.
    fn one(members: &str) -> String {
        format!(
            r#"[{{"name":"c","inputs":{{}},"params":{{}},"outputs":{{}},"tol":{{"rtol":0,"atol":0}}{members}}}]"#
        )
    }

    #[test]
    fn every_committed_file_is_read_whole() {
        let dir = committed();
        let counts: Vec<_> = files(&dir)
            .unwrap()
            .into_iter()
            .map(|file| (read(&dir, &file).unwrap().len(), file))
            .collect();
        let total: usize = counts.iter().map(|(count, _)| count).sum();
        assert_eq!((counts.len(), total), (9, 748), "{counts:?}");
    }

    #[test]
    fn members_keep_their_order_and_their_bits() {
        let text = one("").replace(
            r#""inputs":{}"#,
            r#""inputs":{"z":{"shape":[],"dtype":"uint64","data":[18446744073709551615]},
                        "a":{"shape":[2],"dtype":"float32","data":[0.1,"-inf"]}}"#,
        );
        let text = text.replace(r#"{"name""#, r#"{"op":"f","name""#);
        let case = parse("x.json", &text).unwrap().remove(0);
        assert_eq!(case.file, "x.json");
        assert_eq!(case.inputs[0].0, "z");
        assert_eq!(case.inputs[0].1.data, Data::U64(vec![u64::MAX]));
        let a = case.input("a").unwrap();
        assert_eq!(a.data, Data::F32(vec![0.1, f32::NEG_INFINITY]));
        assert!(case.input("b").is_none() && case.output("a").is_none());
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_reason() {
        let refused = |text: &str| parse("x.json", text).unwrap_err();
        assert!(refused("").contains("line 1"));
        assert!(refused(&one("")).contains("neither op nor fn"));
        assert!(refused(&one(r#","op":"f","oops":1"#)).contains("oops"));
        let case = one(r#","op":"f""#);
        assert!(parse("x.json", &case).is_ok());
        let twice = format!("[{0},{0}]", &case[1..case.len() - 1]);
        assert!(refused(&twice).contains("twice"));
        let missing = read(&committed(), "absent.json").unwrap_err();
        assert!(missing.contains("absent.json"), "{missing}");
    }
}
