//! What start tags do in each insertion mode.

use super::super::names::{Name, Traits};
use super::super::scan::{Declined, Key};
use super::super::tree;
use super::{Formatting, Mode, Outcome, Quirks, Reader, Step, is_table_body};

impl Reader<'_, '_> {
    pub(super) fn start(&mut self, name: Name) -> Outcome {
        match self.mode {
            Mode::InBody => self.start_in_body(name),
            Mode::InCell => match name {
                _ if name.is(Traits::TABLE_PART) => {
                    if self.in_table_scope(|name| matches!(name, Name::TD | Name::TH)) {
                        self.close_cell();
                        return Ok(Step::Again);
                    }
                    Ok(Step::Done)
                }
                _ => self.start_in_body(name),
            },
            Mode::InRow => match name {
                Name::TD | Name::TH => {
                    self.pop_until_current(|name| name == Name::TR);
                    self.insert(name)?;
                    self.mode = Mode::InCell;
                    self.formatting.push(Formatting::Marker);
                    Ok(Step::Done)
                }
                _ if name.is(Traits::TABLE_PART) => Ok(self.close_row()),
                _ => self.start_in_table(name),
            },
            Mode::InTableBody => match name {
                Name::TR => {
                    self.pop_until_current(is_table_body);
                    self.insert(name)?;
                    self.mode = Mode::InRow;
                    Ok(Step::Done)
                }
                Name::TD | Name::TH => {
                    self.pop_until_current(is_table_body);
                    self.insert_made_up(Name::TR)?;
                    self.mode = Mode::InRow;
                    Ok(Step::Again)
                }
                _ if name.is(Traits::TABLE_PART) => Ok(self.close_table_body()),
                _ => self.start_in_table(name),
            },
            Mode::InTable => self.start_in_table(name),
            Mode::InCaption => match name {
                _ if name.is(Traits::TABLE_PART) => Ok(if self.close_caption() { Step::Again } else { Step::Done }),
                _ => self.start_in_body(name),
            },
            Mode::InColumnGroup => match name {
                Name::HTML => Ok(Step::Done),
                Name::COL => {
                    self.insert_void(name);
                    Ok(Step::Done)
                }
                Name::TEMPLATE => Err(Declined("a template")),
                _ => Ok(self.close_column_group()),
            },
            Mode::Initial => {
                self.mode = Mode::BeforeHtml;
                Ok(Step::Again)
            }
            Mode::BeforeHtml => {
                self.mode = Mode::BeforeHead;
                if name == Name::HTML {
                    self.insert(name)?;
                    return Ok(Step::Done);
                }
                self.insert_made_up(Name::HTML)?;
                Ok(Step::Again)
            }
            Mode::BeforeHead => {
                match name {
                    Name::HTML => return Ok(Step::Done),
                    Name::HEAD => {
                        self.insert(name)?;
                        self.mode = Mode::InHead;
                        return Ok(Step::Done);
                    }
                    _ => self.insert_made_up(Name::HEAD)?,
                }
                self.mode = Mode::InHead;
                Ok(Step::Again)
            }
            Mode::InHead => match name {
                Name::HTML | Name::HEAD => Ok(Step::Done),
                Name::NOSCRIPT => {
                    self.insert(name)?;
                    self.mode = Mode::InHeadNoscript;
                    Ok(Step::Done)
                }
                _ if name.is(Traits::HEAD_CONTENT) => self.start_in_head(name),
                _ => {
                    self.mode = Mode::AfterHead;
                    Ok(Step::Again)
                }
            },
            Mode::InHeadNoscript => match name {
                Name::HTML | Name::HEAD | Name::NOSCRIPT => Ok(Step::Done),
                Name::BASEFONT | Name::BGSOUND | Name::LINK | Name::META | Name::NOFRAMES | Name::STYLE => {
                    self.start_in_head(name)
                }
                _ => {
                    self.pop();
                    self.mode = Mode::InHead;
                    Ok(Step::Again)
                }
            },
            // The head stays open here: elements that come late still go into it.
            Mode::AfterHead => match name {
                Name::HTML | Name::HEAD => Ok(Step::Done),
                Name::BODY => {
                    self.pop();
                    self.insert(name)?;
                    self.mode = Mode::InBody;
                    Ok(Step::Done)
                }
                Name::FRAMESET => Err(Declined("frames")),
                _ if name.is(Traits::HEAD_CONTENT) => self.start_in_head(name),
                _ => {
                    self.ensure_body()?;
                    Ok(Step::Again)
                }
            },
            Mode::AfterBody | Mode::AfterAfterBody => {
                if name == Name::HTML {
                    return Ok(Step::Done);
                }
                self.mode = Mode::InBody;
                Ok(Step::Again)
            }
        }
    }

    pub(super) fn start_in_head(&mut self, name: Name) -> Outcome {
        match name {
            Name::TEMPLATE => return Err(Declined("a template")),
            Name::SCRIPT => {
                self.insert(name)?;
                self.scanner.script()?;
                self.pop();
            }
            Name::STYLE | Name::NOFRAMES => self.raw_text(name)?,
            Name::TITLE => self.escapable_text(name)?,
            _ => self.insert_void(name),
        }
        Ok(Step::Done)
    }

    /// An element whose content is no text for people.
    pub(super) fn raw_text(&mut self, name: Name) -> Result<(), Declined> {
        self.insert(name)?;
        let spelt = self.blocks.names.text(name);
        self.scanner.raw_text(&spelt)?;
        self.pop();
        Ok(())
    }

    /// An element whose content is text without elements.
    pub(super) fn escapable_text(&mut self, name: Name) -> Result<(), Declined> {
        self.insert(name)?;
        let spelt = self.blocks.names.text(name);
        let mut text = self.scanner.raw_text(&spelt)?;
        if name == Name::TEXTAREA && !text.is_empty() {
            text.start = self.without_line_feed(text.clone())?;
        }
        let blocks = &mut self.blocks;
        self.scanner.pieces(text, true, |piece, aligned| blocks.text(piece, aligned))?;
        self.pop();
        Ok(())
    }

    pub(super) fn start_in_table(&mut self, name: Name) -> Outcome {
        match name {
            Name::CAPTION => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.formatting.push(Formatting::Marker);
                self.insert(name)?;
                self.mode = Mode::InCaption;
            }
            Name::COLGROUP => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.insert(name)?;
                self.mode = Mode::InColumnGroup;
            }
            Name::COL => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.insert_made_up(Name::COLGROUP)?;
                self.mode = Mode::InColumnGroup;
                return Ok(Step::Again);
            }
            Name::TBODY | Name::TFOOT | Name::THEAD => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.insert(name)?;
                self.mode = Mode::InTableBody;
            }
            Name::TD | Name::TH | Name::TR => {
                self.pop_until_current(|name| name == Name::TABLE);
                self.insert_made_up(Name::TBODY)?;
                self.mode = Mode::InTableBody;
                return Ok(Step::Again);
            }
            Name::TABLE => {
                if self.in_table_scope(|name| name == Name::TABLE) {
                    self.pop_until(|name| name == Name::TABLE);
                    self.reset_mode();
                    return Ok(Step::Again);
                }
            }
            Name::STYLE | Name::SCRIPT | Name::TEMPLATE => return self.start_in_head(name),
            Name::INPUT => {
                let hidden =
                    self.attribute(Key::Type).is_some_and(|raw| self.scanner.value(raw).eq_ignore_ascii_case("hidden"));
                if !hidden {
                    return Err(Declined("an element between the cells of a table"));
                }
                self.insert_void(name);
            }
            Name::FORM => {
                if self.form.is_none() {
                    self.insert_void(name);
                    self.ids += 1;
                    self.form = Some(self.ids);
                }
            }
            _ => return Err(Declined("an element between the cells of a table")),
        }
        Ok(Step::Done)
    }

    pub(super) fn start_in_body(&mut self, name: Name) -> Outcome {
        if name.is(Traits::ENDS_PARAGRAPH) {
            self.close_paragraph_in_button_scope();
            self.insert(name)?;
            return Ok(Step::Done);
        }
        match name {
            Name::HTML | Name::BODY | Name::FRAME | Name::HEAD => {}
            _ if name.is(Traits::TABLE_PART) => {}
            Name::A => {
                if let Some((_, id)) = self.listed(Name::A) {
                    self.close_formatting(Name::A)?;
                    let same =
                        |entry: &Formatting| matches!(entry, Formatting::Element { id: other, .. } if *other == id);
                    if let Some(index) = self.formatting.iter().rposition(same) {
                        self.formatting.remove(index);
                    }
                    if let Some(index) = self.stack.iter().rposition(|open| open.id == id) {
                        self.remove(index);
                    }
                }
                self.reconstruct()?;
                self.insert_formatting(name)?;
            }
            Name::NOBR => {
                self.reconstruct()?;
                if self.in_scope(Name::NOBR) {
                    self.close_formatting(Name::NOBR)?;
                    self.reconstruct()?;
                }
                self.insert_formatting(name)?;
            }
            _ if name.is(Traits::FORMATTING) => {
                self.reconstruct()?;
                self.insert_formatting(name)?;
            }
            Name::AREA | Name::BR | Name::EMBED | Name::IMG | Name::KEYGEN | Name::WBR => {
                self.reconstruct()?;
                self.insert_void(name);
            }
            Name::PARAM | Name::SOURCE | Name::TRACK => self.insert_void(name),
            Name::INPUT => {
                if self.in_scope(Name::SELECT) {
                    self.pop_until(|name| name == Name::SELECT);
                }
                self.reconstruct()?;
                self.insert_void(name);
            }
            Name::HR => {
                self.close_paragraph_in_button_scope();
                if self.in_scope(Name::SELECT) {
                    self.generate_implied_end_tags(None);
                }
                self.insert_void(name);
            }
            _ if name.is(Traits::HEADING) => {
                self.close_paragraph_in_button_scope();
                if self.current_is(|name| name.is(Traits::HEADING)) {
                    self.pop();
                }
                self.insert(name)?;
            }
            Name::PRE | Name::LISTING => {
                self.close_paragraph_in_button_scope();
                self.insert(name)?;
                self.ignore_line_feed = true;
            }
            Name::FORM => {
                if self.form.is_none() {
                    self.close_paragraph_in_button_scope();
                    self.insert(name)?;
                    self.form = Some(self.ids);
                }
            }
            Name::LI | Name::DD | Name::DT => self.start_item(name)?,
            Name::TABLE => {
                if self.paragraph_in_button_scope() && !self.quirks() {
                    self.close_paragraph();
                }
                self.insert(name)?;
                self.mode = Mode::InTable;
            }
            Name::BUTTON => {
                if self.in_scope(Name::BUTTON) {
                    self.generate_implied_end_tags(None);
                    self.pop_until(|name| name == Name::BUTTON);
                }
                self.reconstruct()?;
                self.insert(name)?;
            }
            Name::APPLET | Name::MARQUEE | Name::OBJECT => {
                self.reconstruct()?;
                self.insert(name)?;
                self.formatting.push(Formatting::Marker);
            }
            Name::TEXTAREA => self.escapable_text(name)?,
            Name::IFRAME | Name::NOEMBED => self.raw_text(name)?,
            Name::SELECT if self.in_scope(Name::SELECT) => self.pop_until(|name| name == Name::SELECT),
            Name::SELECT => {
                self.reconstruct()?;
                self.insert(name)?;
            }
            Name::OPTION | Name::OPTGROUP => {
                if self.in_scope(Name::SELECT) {
                    self.generate_implied_end_tags((name == Name::OPTION).then_some(Name::OPTGROUP));
                } else if self.current_is(|name| name == Name::OPTION) {
                    self.pop();
                }
                self.reconstruct()?;
                self.insert(name)?;
            }
            Name::RB | Name::RTC | Name::RP | Name::RT => {
                if self.in_scope(Name::RUBY) {
                    self.generate_implied_end_tags(matches!(name, Name::RP | Name::RT).then_some(Name::RTC));
                }
                self.insert(name)?;
            }
            Name::FRAMESET => return Err(Declined("frames")),
            // `<image>` becomes another element, and so the tree loses track of its attributes.
            Name::IMAGE => return Err(Declined("an image by its wrong name")),
            Name::PLAINTEXT | Name::XMP => return Err(Declined("an obsolete element of raw text")),
            Name::MATH | Name::SVG => return Err(Declined("SVG or MathML")),
            _ if name.is(Traits::HEAD_CONTENT) => return self.start_in_head(name),
            _ => {
                self.reconstruct()?;
                self.insert(name)?;
            }
        }
        Ok(Step::Done)
    }

    pub(super) fn start_item(&mut self, name: Name) -> Result<(), Declined> {
        let closes = |open: Name| if name == Name::LI { open == name } else { matches!(open, Name::DD | Name::DT) };
        let mut found = None;
        for open in self.stack.iter().rev() {
            if closes(open.name) {
                found = Some(open.name);
                break;
            }
            if open.name.is(Traits::SPECIAL) && !matches!(open.name, Name::ADDRESS | Name::DIV | Name::P) {
                break;
            }
        }
        if let Some(found) = found {
            self.generate_implied_end_tags(Some(found));
            self.pop_until(|name| name == found);
        }
        self.close_paragraph_in_button_scope();
        self.insert(name)
    }

    /// Whether the page is in quirks mode. Few pages hang on it, so the declaration is looked at only for them.
    pub(super) fn quirks(&mut self) -> bool {
        if let Quirks::Declared(declaration) = &self.quirks {
            let page = tree::parse(self.scanner.slice(declaration.clone()), self.limits);
            self.quirks = Quirks::Known(page.quirks());
        }
        matches!(self.quirks, Quirks::Known(true))
    }
}
