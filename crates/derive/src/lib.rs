//! `#[derive(Tree)]` for structs and enums.

use proc_macro::TokenStream;
use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Span, TokenStream as Tokens};
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Ident, Type, parse_macro_input, parse_quote};

/// Derives `Tree`: every field is a part, unless it is marked `#[tree(static)]`; then it is
/// cloned as part of the structure, compared by `Eq` and `Hash`, floats by their bits.
#[proc_macro_derive(Tree, attributes(tree))]
pub fn derive_tree(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(input)
        .unwrap_or_else(|e| e.to_compile_error())
        .into()
}

/// The crate that holds `Tree`: the facade where it is used, else the core.
fn home() -> Tokens {
    let path = |name: &str, own: &str| match crate_name(name) {
        Ok(FoundCrate::Itself) => Some(Ident::new(own, Span::call_site())),
        Ok(FoundCrate::Name(name)) => Some(Ident::new(&name, Span::call_site())),
        Err(_) => None,
    };
    let home = path("graxe", "graxe")
        .or_else(|| path("graxe-core", "graxe_core"))
        .unwrap_or_else(|| Ident::new("graxe", Span::call_site()));
    quote!(::#home)
}

/// How one field takes part.
struct Part {
    /// The pattern binding that holds a reference to the field.
    binding: Ident,
    /// The field's name, or its position as a number.
    name: Result<String, usize>,
    is_static: bool,
    ty: Type,
}

fn parts(fields: &Fields) -> syn::Result<Vec<Part>> {
    fields
        .iter()
        .enumerate()
        .map(|(i, field)| {
            let mut is_static = false;
            for attribute in field.attrs.iter().filter(|a| a.path().is_ident("tree")) {
                attribute.parse_nested_meta(|meta| {
                    if meta.path.is_ident("static") {
                        is_static = true;
                        Ok(())
                    } else {
                        Err(meta.error("expected #[tree(static)]"))
                    }
                })?;
            }
            Ok(Part {
                binding: format_ident!("part_{i}"),
                name: field.ident.as_ref().map(Ident::to_string).ok_or(i),
                is_static,
                ty: field.ty.clone(),
            })
        })
        .collect()
}

fn visit(part: &Part) -> Tokens {
    let binding = &part.binding;
    if part.is_static {
        let float =
            matches!(&part.ty, Type::Path(p) if p.path.is_ident("f32") || p.path.is_ident("f64"));
        return if float {
            quote!(visitor.fixed(#binding.to_bits());)
        } else {
            quote!(visitor.fixed(#binding.clone());)
        };
    }
    match &part.name {
        Ok(name) => quote!(visitor.field(#name, #binding);),
        Err(i) => quote!(visitor.index(#i, #binding);),
    }
}

/// One struct or variant: its pattern, how it is visited and how it is made anew.
fn arm(path: &Tokens, fields: &Fields) -> syn::Result<(Tokens, Tokens, Tokens)> {
    let parts = parts(fields)?;
    let bindings: Vec<&Ident> = parts.iter().map(|p| &p.binding).collect();
    let visits: Tokens = parts.iter().map(visit).collect();
    let values: Vec<Tokens> = parts
        .iter()
        .map(|p| {
            let binding = &p.binding;
            if p.is_static {
                quote!(#binding.clone())
            } else {
                quote!(tree::Tree::rebuild(#binding, next))
            }
        })
        .collect();
    let (pattern, made) = match fields {
        Fields::Named(named) => {
            let names: Vec<_> = named.named.iter().map(|f| &f.ident).collect();
            (
                quote!(#path { #(#names: #bindings),* }),
                quote!(#path { #(#names: #values),* }),
            )
        }
        Fields::Unnamed(_) => (quote!(#path(#(#bindings),*)), quote!(#path(#(#values),*))),
        Fields::Unit => (path.clone(), path.clone()),
    };
    Ok((pattern, visits, made))
}

fn expand(mut input: DeriveInput) -> syn::Result<Tokens> {
    let home = home();
    for parameter in input.generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(#home::tree::Tree));
    }
    let name = &input.ident;
    let text = name.to_string();
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let mut visits = Vec::new();
    let mut rebuilds = Vec::new();
    let mut add = |path: &Tokens, fields: &Fields, variant: usize| -> syn::Result<()> {
        let (pattern, visit, made) = arm(path, fields)?;
        visits.push(quote!(#pattern => { visitor.node(#text, #variant); #visit }));
        rebuilds.push(quote!(#pattern => #made));
        Ok(())
    };
    match &input.data {
        Data::Struct(data) => add(&quote!(Self), &data.fields, 0)?,
        Data::Enum(data) => {
            for (i, variant) in data.variants.iter().enumerate() {
                let ident = &variant.ident;
                add(&quote!(Self::#ident), &variant.fields, i)?;
            }
        }
        Data::Union(_) => {
            return Err(syn::Error::new_spanned(name, "a union cannot be a tree"));
        }
    }
    Ok(quote! {
        #[automatically_derived]
        const _: () = {
            use #home::tree;
            #[allow(unused_variables)]
            impl #impl_generics tree::Tree for #name #type_generics #where_clause {
                fn visit(&self, visitor: &mut tree::Visitor) {
                    match self { #(#visits)* }
                }
                fn rebuild(&self, next: &mut dyn FnMut() -> #home::Value) -> Self {
                    match self { #(#rebuilds,)* }
                }
            }
        };
    })
}
