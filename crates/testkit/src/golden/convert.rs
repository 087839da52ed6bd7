//! Recorded tensors as graxe's arrays, and back.

use graxe_core::{Array, DType};

use super::{Data, Tensor};

/// The dtype of that NumPy name, where graxe has it.
pub(crate) fn dtype(name: &str) -> Option<DType> {
    DType::ALL.into_iter().find(|d| d.name() == name)
}

/// The tensor as a strong array of its own dtype, where graxe has that dtype.
pub(crate) fn to_array(tensor: &Tensor) -> Option<Array> {
    let shape = &tensor.shape;
    Some(match (dtype(&tensor.dtype)?, &tensor.data) {
        (DType::Bool, Data::Bool(v)) => Array::from_vec(v.clone(), shape),
        (DType::I32, Data::I64(v)) => Array::from_vec(v.iter().map(|&x| x as i32).collect(), shape),
        (DType::I64, Data::I64(v)) => Array::from_vec(v.clone(), shape),
        (DType::U32, Data::U64(v)) => Array::from_vec(v.iter().map(|&x| x as u32).collect(), shape),
        (DType::U64, Data::U64(v)) => Array::from_vec(v.clone(), shape),
        (DType::F32, Data::F32(v)) => Array::from_vec(v.clone(), shape),
        (DType::F64, Data::F64(v)) => Array::from_vec(v.clone(), shape),
        _ => return None,
    })
}

/// A concrete array as a tensor.
pub(crate) fn to_tensor(array: &Array) -> Tensor {
    let data = match array.dtype() {
        DType::Bool => Data::Bool(array.to_vec()),
        DType::I32 => Data::I64(array.to_vec::<i32>().into_iter().map(i64::from).collect()),
        DType::I64 => Data::I64(array.to_vec()),
        DType::U32 => Data::U64(array.to_vec::<u32>().into_iter().map(u64::from).collect()),
        DType::U64 => Data::U64(array.to_vec()),
        DType::F32 => Data::F32(array.to_vec()),
        DType::F64 => Data::F64(array.to_vec()),
    };
    Tensor {
        shape: array.shape().to_vec(),
        dtype: array.dtype().name().to_owned(),
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dtype_survives_the_way_there_and_back() {
        for (name, data) in [
            ("bool", Data::Bool(vec![true, false])),
            ("int32", Data::I64(vec![i64::from(i32::MIN), 7])),
            ("int64", Data::I64(vec![i64::MIN, i64::MAX])),
            ("uint32", Data::U64(vec![u64::from(u32::MAX), 0])),
            ("uint64", Data::U64(vec![u64::MAX, 1])),
            ("float32", Data::F32(vec![0.1, f32::INFINITY])),
            ("float64", Data::F64(vec![0.1, -0.0])),
        ] {
            let tensor = Tensor {
                shape: vec![2, 1],
                dtype: name.to_owned(),
                data,
            };
            let array = to_array(&tensor).unwrap();
            assert_eq!(array.dtype().name(), name);
            assert_eq!(to_tensor(&array), tensor);
        }
    }

    #[test]
    fn dtypes_of_later_are_not_taken_for_others() {
        for name in ["int8", "uint16", "float16", "bfloat16", "complex64"] {
            assert_eq!(dtype(name), None);
        }
    }
}
