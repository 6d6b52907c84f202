//! The punctuation of Chinese text. The build script, which folds what it compiles, uses this file too.

/// Punctuation of Chinese text; blanks beside it carry no meaning.
pub fn is_cjk_punctuation(character: char) -> bool {
    matches!(
        character,
        '、' | '。'
            | '，'
            | '；'
            | '：'
            | '？'
            | '！'
            | '（'
            | '）'
            | '《'
            | '》'
            | '〈'
            | '〉'
            | '「'
            | '」'
            | '『'
            | '』'
            | '【'
            | '】'
            | '〔'
            | '〕'
            | '“'
            | '”'
            | '‘'
            | '’'
            | '…'
            | '—'
            | '·'
            | '～'
            | '［'
            | '］'
    )
}
