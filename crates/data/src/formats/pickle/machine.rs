//! The stack machine of a pickle: one opcode at a time, each known or refused.

use std::collections::HashMap;

use super::arrays::{Array, CsrState, Dtype};
use crate::error::{Error, ErrorKind, quoted};

/// What the stack and the memo hold; objects are shared by their index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    Str(&'a [u8]),
    Class(Class),
    Object(usize),
}

/// The classes and functions that a file may name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Class {
    CsrMatrix,
    NdArray,
    Reconstruct,
    Dtype,
    DefaultDict,
    List,
    Dict,
}

/// What only an index refers to. `None` in an array or a matrix means that its state is yet to come.
#[derive(Debug)]
pub(super) enum Object<'a> {
    Tuple(Vec<Value<'a>>),
    List(Vec<Value<'a>>),
    Dict(Vec<(Value<'a>, Value<'a>)>),
    Dtype(Dtype),
    Array(Option<Array<'a>>),
    Csr(Option<CsrState<'a>>),
}

impl<'a> Value<'a> {
    pub(super) fn describe(self, objects: &[Object<'a>]) -> String {
        match self {
            Value::None => "None".into(),
            Value::Bool(bool) => bool.to_string(),
            Value::Int(int) => format!("the integer {int}"),
            Value::Str(text) => format!("the string {}", quoted(text)),
            Value::Class(class) => format!("the class {class:?}"),
            Value::Object(index) => match objects.get(index) {
                Some(Object::Tuple(_)) => "a tuple",
                Some(Object::List(_)) => "a list",
                Some(Object::Dict(_)) => "a dictionary",
                Some(Object::Dtype(_)) => "a dtype",
                Some(Object::Array(_)) => "a numpy array",
                Some(Object::Csr(_)) => "a csr_matrix",
                None => "an object",
            }
            .into(),
        }
    }
}

pub(super) struct Machine<'a> {
    bytes: &'a [u8],
    position: usize,
    stack: Vec<Value<'a>>,
    /// Heights of the stack at the marks that are still open.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'a>>,
    objects: Vec<Object<'a>>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            objects: Vec::new(),
        }
    }

    /// Runs to the STOP opcode and returns all objects and the one value left.
    pub(super) fn run(mut self) -> Result<(Vec<Object<'a>>, Value<'a>), Error> {
        loop {
            let start = self.position;
            let at = |error: Error| error.at_byte(start);
            let opcode = self.byte().map_err(at)?;
            if opcode != b'.' {
                self.step(opcode).map_err(at)?;
                continue;
            }
            let top = self.pop().map_err(at)?;
            if !self.stack.is_empty() || self.position != self.bytes.len() {
                return Err(at(Error::malformed(
                    "expected the end of the pickle, found more values or bytes",
                )));
            }
            return Ok((self.objects, top));
        }
    }

    fn step(&mut self, opcode: u8) -> Result<(), Error> {
        match opcode {
            0x80 => return self.protocol(),
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.stack.push(Value::None),
            0x88 => self.stack.push(Value::Bool(true)),
            0x89 => self.stack.push(Value::Bool(false)),
            b'K' | b'M' | b'J' | 0x8a => {
                let int = self.int(opcode)?;
                self.stack.push(Value::Int(int));
            }
            b'U' | b'T' => {
                let text = self.string(opcode)?;
                self.stack.push(Value::Str(text));
            }
            b'c' => {
                let class = self.global()?;
                self.stack.push(Value::Class(class));
            }
            b')' => self.push(Object::Tuple(Vec::new())),
            b']' => self.push(Object::List(Vec::new())),
            b'}' => self.push(Object::Dict(Vec::new())),
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode - 0x84))?;
                self.push(Object::Tuple(items));
            }
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Object::Tuple(items));
            }
            b'a' => {
                let items = self.pop_many(1)?;
                self.append(&items)?;
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.append(&items)?;
            }
            b's' => {
                let items = self.pop_many(2)?;
                self.set_items(&items)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)?;
            }
            b'q' | b'r' | b'h' | b'j' => return self.memoise(opcode),
            b'R' | 0x81 => return self.call(),
            b'b' => return self.build(),
            _ => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("opcode 0x{opcode:02x} of pickle is not one that these files use"),
                ));
            }
        }
        Ok(())
    }

    fn protocol(&mut self) -> Result<(), Error> {
        match self.byte()? {
            2 => Ok(()),
            other => Err(Error::new(
                ErrorKind::Unsupported,
                format!("expected pickle protocol 2, found protocol {other}"),
            )),
        }
    }

    fn int(&mut self, opcode: u8) -> Result<i64, Error> {
        Ok(match opcode {
            b'K' => i64::from(self.byte()?),
            b'M' => i64::from(u16::from_le_bytes(self.array()?)),
            b'J' => i64::from(i32::from_le_bytes(self.array()?)),
            _ => {
                let len = usize::from(self.byte()?);
                let digits = self.take(len)?;
                let mut word = match digits.last() {
                    Some(last) if last & 0x80 != 0 => [0xff; 8],
                    _ => [0; 8],
                };
                word.get_mut(..len)
                    .ok_or_else(|| Error::malformed("an integer does not fit 64 bits"))?
                    .copy_from_slice(digits);
                i64::from_le_bytes(word)
            }
        })
    }

    fn string(&mut self, opcode: u8) -> Result<&'a [u8], Error> {
        let len = if opcode == b'U' {
            usize::from(self.byte()?)
        } else {
            usize::try_from(i32::from_le_bytes(self.array()?))
                .map_err(|_| Error::malformed("a string has a negative length"))?
        };
        self.take(len)
    }

    fn global(&mut self) -> Result<Class, Error> {
        let module = self.text_line()?;
        let name = self.text_line()?;
        Ok(match (module, name) {
            (
                b"scipy.sparse.csr" | b"scipy.sparse._csr" | b"scipy.sparse",
                b"csr_matrix" | b"csr_array",
            ) => Class::CsrMatrix,
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"_reconstruct") => {
                Class::Reconstruct
            }
            (b"numpy", b"ndarray") => Class::NdArray,
            (b"numpy", b"dtype") => Class::Dtype,
            (b"collections", b"defaultdict") => Class::DefaultDict,
            (b"__builtin__" | b"builtins", b"list") => Class::List,
            (b"__builtin__" | b"builtins", b"dict") => Class::Dict,
            _ => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "class {} of module {} is refused: only numpy arrays, scipy CSR matrices and dictionaries are read",
                        quoted(name),
                        quoted(module)
                    ),
                ));
            }
        })
    }

    fn memoise(&mut self, opcode: u8) -> Result<(), Error> {
        let slot = match opcode {
            b'q' | b'h' => u32::from(self.byte()?),
            _ => u32::from_le_bytes(self.array()?),
        };
        if matches!(opcode, b'q' | b'r') {
            let value = self.peek()?;
            self.memo.insert(slot, value);
        } else {
            let value = self.memo.get(&slot).copied().ok_or_else(|| {
                Error::malformed(format!("slot {slot} of the memo has not been set"))
            })?;
            self.stack.push(value);
        }
        Ok(())
    }

    /// REDUCE and NEWOBJ: the few calls known, none of which runs anything.
    fn call(&mut self) -> Result<(), Error> {
        let arguments = self.pop()?;
        let callee = self.pop()?;
        let refused = || {
            Error::new(
                ErrorKind::Unsupported,
                format!(
                    "a call of {} with these arguments is refused",
                    callee.describe(&[])
                ),
            )
        };
        let Some(Object::Tuple(arguments)) = self.object(arguments) else {
            return Err(refused());
        };
        let object = match (callee, arguments.as_slice()) {
            (Value::Class(Class::CsrMatrix), []) => Object::Csr(None),
            (Value::Class(Class::Reconstruct), [Value::Class(Class::NdArray), _, _]) => {
                Object::Array(None)
            }
            (Value::Class(Class::Dtype), [Value::Str(code), ..]) => {
                Object::Dtype(Dtype::from_code(code)?)
            }
            (Value::Class(Class::DefaultDict), [Value::Class(Class::List)])
            | (Value::Class(Class::Dict), []) => Object::Dict(Vec::new()),
            (Value::Class(Class::List), []) => Object::List(Vec::new()),
            _ => return Err(refused()),
        };
        self.push(object);
        Ok(())
    }

    fn build(&mut self) -> Result<(), Error> {
        let state = self.pop()?;
        let target = self.peek()?;
        let built = match (self.object(target), self.object(state)) {
            (Some(Object::Csr(None)), Some(Object::Dict(entries))) => {
                Object::Csr(Some(CsrState::new(entries, &self.objects)?))
            }
            (Some(Object::Array(None)), Some(Object::Tuple(state))) => {
                Object::Array(Some(Array::from_state(state, &self.objects)?))
            }
            (Some(Object::Dtype(_)), Some(Object::Tuple(state))) => {
                Dtype::check_state(state)?;
                return Ok(());
            }
            _ => {
                return Err(Error::malformed(format!(
                    "{} cannot be built from {}",
                    target.describe(&self.objects),
                    state.describe(&self.objects)
                )));
            }
        };
        if let Value::Object(index) = target {
            self.objects[index] = built;
        }
        Ok(())
    }

    fn append(&mut self, items: &[Value<'a>]) -> Result<(), Error> {
        match self.peek_object()? {
            Object::List(list) => {
                list.extend_from_slice(items);
                Ok(())
            }
            _ => Err(Error::malformed("expected a list to append to")),
        }
    }

    fn set_items(&mut self, items: &[Value<'a>]) -> Result<(), Error> {
        if !items.len().is_multiple_of(2) {
            return Err(Error::malformed("a dictionary's key has no value"));
        }
        match self.peek_object()? {
            Object::Dict(entries) => {
                entries.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
                Ok(())
            }
            _ => Err(Error::malformed("expected a dictionary to set items of")),
        }
    }

    fn push(&mut self, object: Object<'a>) {
        self.stack.push(Value::Object(self.objects.len()));
        self.objects.push(object);
    }

    fn object(&self, value: Value<'a>) -> Option<&Object<'a>> {
        match value {
            Value::Object(index) => self.objects.get(index),
            _ => None,
        }
    }

    /// Height that the stack may not fall below while a mark is open.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Value<'a>, Error> {
        let value = self.peek()?;
        self.stack.pop();
        Ok(value)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Value<'a>>, Error> {
        match self.stack.len().checked_sub(count) {
            Some(height) if height >= self.floor() => Ok(self.stack.split_off(height)),
            _ => Err(Error::malformed("the stack holds too few values")),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value<'a>>, Error> {
        let height = self
            .marks
            .pop()
            .ok_or_else(|| Error::malformed("a mark is missing"))?;
        Ok(self.stack.split_off(height))
    }

    fn peek(&self) -> Result<Value<'a>, Error> {
        match self.stack.last() {
            Some(&value) if self.stack.len() > self.floor() => Ok(value),
            _ => Err(Error::malformed("the stack holds too few values")),
        }
    }

    fn peek_object(&mut self) -> Result<&mut Object<'a>, Error> {
        match self.peek()? {
            Value::Object(index) => self.objects.get_mut(index),
            _ => None,
        }
        .ok_or_else(|| Error::malformed("expected a list or a dictionary on the stack"))
    }

    fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.array::<1>()?[0])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let rest = &self.bytes[self.position..];
        let taken = rest.get(..len).ok_or_else(|| {
            Error::malformed(format!(
                "the file is cut short: expected {len} more bytes, found {}",
                rest.len()
            ))
        })?;
        self.position += len;
        Ok(taken)
    }

    fn text_line(&mut self) -> Result<&'a [u8], Error> {
        const LONGEST: usize = 256;
        let rest = &self.bytes[self.position..];
        let len = rest
            .iter()
            .take(LONGEST)
            .position(|&byte| byte == b'\n')
            .ok_or_else(|| Error::malformed("a class name does not end"))?;
        self.position += len + 1;
        Ok(&rest[..len])
    }
}
