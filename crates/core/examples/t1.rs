use graxe_core::*;
fn main() {
    let p = make_program(|x: &Array| 2 * x * x + 3 * x + 3)(&scalar(1));
    println!("{p}");
    let g = make_program(|x: &Array| grad(|x: &Array| x.sin() * x.cos())(x))(&scalar(1.0));
    println!("{g}");
    println!("{}", grad(|x: &Array| (x * x).sum(..))(&array([1.0, 2.0, 3.0])));
    println!("{}", grad(grad(grad(|x: &Array| x.powi(3))))(&scalar(2.0)));
    println!("{}", grad(grad(relu))(&scalar(5.0)));
    let f = jit(|x: &Array, y: Array| (x.matmul(&y)).tanh().sum(..));
    let a = array([[1.0, 2.0],[3.0,4.0]]);
    println!("{}", f(&a, a.clone()));
    println!("{}", grad(&f)(&a, a.clone()));
}
