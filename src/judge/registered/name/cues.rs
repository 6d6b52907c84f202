//! What meetings are found by. The build script, which compiles these literals ahead, uses this file too.

/// What hits point at.
pub(super) const PLENARY: u32 = 0;
pub(super) const PLENARY_WRONG: u32 = 1;
pub(super) const PEOPLE: u32 = 2;
pub(super) const CONSULTATIVE: u32 = 3;
pub(super) const TERM_BIG: u32 = 4;
pub(super) const ORDINAL_BIG: u32 = 5;
pub(super) const CONGRESS: u32 = 6;
pub(super) const HELD: u32 = 7;

pub(super) const LITERALS: [(&str, u32); 12] = [
    ("中全会", PLENARY),
    ("次全会", PLENARY_WRONG),
    ("届全国人大", PEOPLE),
    ("全国政协", CONSULTATIVE),
    ("届大", TERM_BIG),
    ("党的第", ORDINAL_BIG),
    ("次代表大会", CONGRESS),
    ("召开", HELD),
    ("举行", HELD),
    ("开幕", HELD),
    ("闭幕", HELD),
    ("胜利召开", HELD),
];
