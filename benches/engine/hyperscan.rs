//! Hyperscan or Vectorscan (BSD), if `ZHENGMING_HYPERSCAN` names its library. It is loaded when the benchmark runs, so that
//! nothing needs it to build.

#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr::null_mut;

use libloading::{Library, Symbol};

use crate::Found;

/// Block mode, see `hs_compile.h`.
const MODE_BLOCK: c_uint = 1;

type CompileLiterals = unsafe extern "C" fn(
    *const *const c_char,
    *const c_uint,
    *const c_uint,
    *const usize,
    c_uint,
    c_uint,
    *const c_void,
    *mut *mut c_void,
    *mut *mut c_void,
) -> c_int;
type AllocScratch = unsafe extern "C" fn(*const c_void, *mut *mut c_void) -> c_int;
type OnMatch = unsafe extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;
type Scan =
    unsafe extern "C" fn(*const c_void, *const c_char, c_uint, c_uint, *mut c_void, OnMatch, *mut c_void) -> c_int;

pub(crate) struct Database {
    library: Library,
    database: *mut c_void,
    scratch: *mut c_void,
    lengths: Vec<usize>,
}

impl Database {
    /// Compiles `literals`; `None` if there is no library.
    pub(crate) fn new(literals: &[String]) -> Option<Self> {
        let name = std::env::var_os("ZHENGMING_HYPERSCAN")?;
        // SAFETY: the user names a library of this interface; loading it runs its initialisers only.
        let library = unsafe { Library::new(name) }.ok()?;
        let pointers: Vec<*const c_char> = literals.iter().map(|literal| literal.as_ptr().cast()).collect();
        let lengths: Vec<usize> = literals.iter().map(String::len).collect();
        let flags = vec![0; literals.len()];
        let ids: Vec<c_uint> = (0..literals.len() as c_uint).collect();
        let (mut database, mut scratch, mut error) = (null_mut(), null_mut(), null_mut());
        // SAFETY: the arrays have as many elements as is said, and the types are those of hs_compile.h and hs_runtime.h.
        unsafe {
            let compile: Symbol<'_, CompileLiterals> = library.get(b"hs_compile_lit_multi\0").ok()?;
            let status = compile(
                pointers.as_ptr(),
                flags.as_ptr(),
                ids.as_ptr(),
                lengths.as_ptr(),
                literals.len() as c_uint,
                MODE_BLOCK,
                null_mut(),
                &raw mut database,
                &raw mut error,
            );
            assert_eq!(status, 0, "hs_compile_lit_multi");
            let alloc: Symbol<'_, AllocScratch> = library.get(b"hs_alloc_scratch\0").ok()?;
            assert_eq!(alloc(database, &raw mut scratch), 0, "hs_alloc_scratch");
        }
        Some(Database { library, database, scratch, lengths })
    }

    pub(crate) fn scan(&self, text: &str) -> Found {
        unsafe extern "C" fn on_match(
            id: c_uint,
            _: c_ulonglong,
            to: c_ulonglong,
            _: c_uint,
            context: *mut c_void,
        ) -> c_int {
            // SAFETY: `scan` passes a pointer to these, which live until it returns.
            let (found, lengths) = unsafe { &mut *context.cast::<(Found, &[usize])>() };
            let end = to as usize;
            found.add(end - lengths[id as usize], end, id);
            0
        }
        let mut context: (Found, &[usize]) = (Found::default(), &self.lengths);
        // SAFETY: database and scratch are those of `new`; the text and the context live until the call returns.
        unsafe {
            let scan: Symbol<'_, Scan> = self.library.get(b"hs_scan\0").unwrap();
            let status = scan(
                self.database,
                text.as_ptr().cast(),
                text.len() as c_uint,
                0,
                self.scratch,
                on_match,
                (&raw mut context).cast(),
            );
            assert_eq!(status, 0, "hs_scan");
        }
        context.0
    }
}
