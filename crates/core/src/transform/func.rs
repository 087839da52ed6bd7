//! Which closures can be transformed: one to eight arguments, each by reference or by value.

use std::marker::PhantomData;
use std::sync::Arc;

use super::jit::Jit;
use super::tree::{Tree, unflatten};
use crate::ir::Value;

/// Marks an argument taken by reference.
pub struct Ref<T>(PhantomData<T>);
/// Marks an argument taken by value: a jitted function may reuse its buffers.
pub struct Own<T>(PhantomData<T>);
/// Marks the arguments of a function that is jitted already.
pub struct Compiled<T>(PhantomData<T>);

/// A function over the tuple of its arguments.
pub(crate) type Body<'f, I, R> = dyn Fn(I) -> R + Send + Sync + 'f;

/// A closure or function that graxe can transform: of one to four arguments, each borrowed or
/// owned, or of up to eight with the owned ones first. `Args` is inferred: it tells the arity
/// and which arguments are owned.
#[diagnostic::on_unimplemented(
    message = "this is not a function that graxe can transform",
    label = "not a function of trees that gives a tree",
    note = "write the type of each argument: `|x: &Array| ..`; one to four, each `T` or `&T`, or up to \
            eight, those taken by value first",
    note = "arguments and result are trees: arrays, or structs with `#[derive(Tree, Clone)]`",
    note = "the closure must be `Fn + Send + Sync`"
)]
pub trait Func<'f, Args>: Sized {
    /// The tuple of the arguments.
    type Inputs: Tree;
    /// The first argument.
    type First: Tree;
    /// The result.
    type Out: Tree;
    /// A closure of the same arguments with another result.
    type Returning<R: 'f>: ?Sized;

    #[doc(hidden)]
    fn body(self) -> Arc<Body<'f, Self::Inputs, Self::Out>>;
    #[doc(hidden)]
    fn wrap<R: 'f>(g: Box<Body<'f, Self::Inputs, R>>) -> Box<Self::Returning<R>>;
}

macro_rules! argument {
    (Ref $t:ident) => {
        &$t
    };
    (Own $t:ident) => {
        $t
    };
}
macro_rules! store {
    (Ref $v:ident) => {
        $v.clone()
    };
    (Own $v:ident) => {
        $v
    };
}
macro_rules! pass {
    (Ref $v:ident) => {
        &$v
    };
    (Own $v:ident) => {
        $v
    };
}

macro_rules! func {
    (($k0:ident $t0:ident $v0:ident) $(($k:ident $t:ident $v:ident))*) => {
        impl<'f, Fun, Res, $t0: Tree, $($t: Tree,)*> Func<'f, ($k0<$t0>, $($k<$t>,)*)> for Fun
        where
            Fun: Fn(argument!($k0 $t0), $(argument!($k $t)),*) -> Res + Send + Sync + 'f,
            Res: Tree,
        {
            type Inputs = ($t0, $($t,)*);
            type First = $t0;
            type Out = Res;
            type Returning<R: 'f> =
                dyn Fn(argument!($k0 $t0), $(argument!($k $t)),*) -> R + Send + Sync + 'f;

            fn body(self) -> Arc<Body<'f, Self::Inputs, Self::Out>> {
                Arc::new(move |($v0, $($v,)*): Self::Inputs| self(pass!($k0 $v0), $(pass!($k $v)),*))
            }
            fn wrap<R: 'f>(g: Box<Body<'f, Self::Inputs, R>>) -> Box<Self::Returning<R>> {
                Box::new(move |$v0: argument!($k0 $t0), $($v: argument!($k $t)),*| {
                    g((store!($k0 $v0), $(store!($k $v),)*))
                })
            }
        }

        func!(@jitted (Jit<dyn Fn(argument!($k0 $t0), $(argument!($k $t)),*) -> Res + Send + Sync + 'f>)
            ($k0 $t0 $v0) $(($k $t $v))*);
        func!(@jitted (&Jit<dyn Fn(argument!($k0 $t0), $(argument!($k $t)),*) -> Res + Send + Sync + 'f>)
            ($k0 $t0 $v0) $(($k $t $v))*);
    };
    (@jitted ($jit:ty) ($k0:ident $t0:ident $v0:ident) $(($k:ident $t:ident $v:ident))*) => {
        #[diagnostic::do_not_recommend]
        impl<'f, Res: Tree, $t0: Tree, $($t: Tree,)*>
            Func<'f, Compiled<($k0<$t0>, $($k<$t>,)*)>> for $jit
        {
            type Inputs = ($t0, $($t,)*);
            type First = $t0;
            type Out = Res;
            type Returning<R: 'f> =
                dyn Fn(argument!($k0 $t0), $(argument!($k $t)),*) -> R + Send + Sync + 'f;

            fn body(self) -> Arc<Body<'f, Self::Inputs, Self::Out>> {
                let call = self.call.clone();
                Arc::new(move |($v0, $($v,)*): Self::Inputs| call(pass!($k0 $v0), $(pass!($k $v)),*))
            }
            fn wrap<R: 'f>(g: Box<Body<'f, Self::Inputs, R>>) -> Box<Self::Returning<R>> {
                Box::new(move |$v0: argument!($k0 $t0), $($v: argument!($k $t)),*| {
                    g((store!($k0 $v0), $(store!($k $v),)*))
                })
            }
        }
    };
}

/// Every mix of owned and borrowed arguments.
macro_rules! every {
    ([$($done:tt)*]) => { func!($($done)*); };
    ([$($done:tt)*] ($t:ident $v:ident) $($rest:tt)*) => {
        every!([$($done)* (Ref $t $v)] $($rest)*);
        every!([$($done)* (Own $t $v)] $($rest)*);
    };
}

/// Owned arguments first, then borrowed ones.
macro_rules! owned_first {
    ([$($done:tt)*]) => { func!($($done)*); };
    ([$($done:tt)*] ($t0:ident $v0:ident) $(($t:ident $v:ident))*) => {
        func!($($done)* (Ref $t0 $v0) $((Ref $t $v))*);
        owned_first!([$($done)* (Own $t0 $v0)] $(($t $v))*);
    };
}

every!([] (A a));
every!([] (A a) (B b));
every!([] (A a) (B b) (C c));
every!([] (A a) (B b) (C c) (D d));
owned_first!([] (A a) (B b) (C c) (D d) (E e));
owned_first!([] (A a) (B b) (C c) (D d) (E e) (G g));
owned_first!([] (A a) (B b) (C c) (D d) (E e) (G g) (H h));
owned_first!([] (A a) (B b) (C c) (D d) (E e) (G g) (H h) (I i));

/// An argument by its position, for [`grad_at`](crate::grad_at).
pub trait Position<Inputs> {
    /// The type of the argument.
    type Arg: Tree;
    /// Its position.
    const INDEX: usize;
    #[doc(hidden)]
    fn get(inputs: &Inputs) -> &Self::Arg;
}

/// One position or a tuple of positions; the result of a derivative has the same form.
pub trait Positions<Inputs> {
    /// What the arguments at these positions make together.
    type Output: Tree;
    #[doc(hidden)]
    fn indices() -> Vec<usize>;
    #[doc(hidden)]
    fn rebuild(inputs: &Inputs, leaves: Vec<Value>) -> Self::Output;
}

macro_rules! positions {
    ($($marker:ident $index:tt: $(($($t:ident),*) $arg:ident),*;)*) => {$(
        #[doc = concat!("The argument at position ", stringify!($index), ".")]
        #[derive(Clone, Copy, Debug)]
        pub struct $marker;

        $(impl<$($t: Tree),*> Position<($($t,)*)> for $marker {
            type Arg = $arg;
            const INDEX: usize = $index;
            fn get(inputs: &($($t,)*)) -> &$arg {
                &inputs.$index
            }
        })*

        impl<Inputs> Positions<Inputs> for $marker
        where
            $marker: Position<Inputs>,
        {
            type Output = <$marker as Position<Inputs>>::Arg;
            fn indices() -> Vec<usize> {
                vec![$index]
            }
            fn rebuild(inputs: &Inputs, leaves: Vec<Value>) -> Self::Output {
                unflatten(<$marker as Position<Inputs>>::get(inputs), leaves)
            }
        }
    )*};
}

positions!(
    Arg0 0: (A) A, (A, B) A, (A, B, C) A, (A, B, C, D) A, (A, B, C, D, E) A,
        (A, B, C, D, E, F) A, (A, B, C, D, E, F, G) A, (A, B, C, D, E, F, G, H) A;
    Arg1 1: (A, B) B, (A, B, C) B, (A, B, C, D) B, (A, B, C, D, E) B, (A, B, C, D, E, F) B,
        (A, B, C, D, E, F, G) B, (A, B, C, D, E, F, G, H) B;
    Arg2 2: (A, B, C) C, (A, B, C, D) C, (A, B, C, D, E) C, (A, B, C, D, E, F) C,
        (A, B, C, D, E, F, G) C, (A, B, C, D, E, F, G, H) C;
    Arg3 3: (A, B, C, D) D, (A, B, C, D, E) D, (A, B, C, D, E, F) D, (A, B, C, D, E, F, G) D,
        (A, B, C, D, E, F, G, H) D;
    Arg4 4: (A, B, C, D, E) E, (A, B, C, D, E, F) E, (A, B, C, D, E, F, G) E,
        (A, B, C, D, E, F, G, H) E;
    Arg5 5: (A, B, C, D, E, F) F, (A, B, C, D, E, F, G) F, (A, B, C, D, E, F, G, H) F;
    Arg6 6: (A, B, C, D, E, F, G) G, (A, B, C, D, E, F, G, H) G;
    Arg7 7: (A, B, C, D, E, F, G, H) H;
);

macro_rules! position_tuples {
    ($(($($p:ident),*))*) => {$(
        impl<Inputs, $($p: Position<Inputs>),*> Positions<Inputs> for ($($p,)*) {
            type Output = ($($p::Arg,)*);
            fn indices() -> Vec<usize> {
                vec![$($p::INDEX),*]
            }
            fn rebuild(inputs: &Inputs, leaves: Vec<Value>) -> Self::Output {
                unflatten(&($($p::get(inputs).clone(),)*), leaves)
            }
        }
    )*};
}
position_tuples!(
    (P0)(P0, P1)(P0, P1, P2)(P0, P1, P2, P3)(P0, P1, P2, P3, P4)(P0, P1, P2, P3, P4, P5)(
        P0, P1, P2, P3, P4, P5, P6
    )(P0, P1, P2, P3, P4, P5, P6, P7)
);
