//! What end tags do in each insertion mode, and which mode a closed table leads back to.

use super::super::names::{Name, Traits};
use super::super::scan::Declined;
use super::{Mode, Open, Outcome, Reader, Step, is_table_body};

impl Reader<'_, '_> {
    pub(super) fn end(&mut self, name: Name) -> Outcome {
        match self.mode {
            Mode::InBody => self.end_in_body(name),
            Mode::InCell => match name {
                Name::TD | Name::TH => {
                    if self.in_table_scope(|open| open == name) {
                        self.generate_implied_end_tags(None);
                        self.pop_until(|open| open == name);
                        self.clear_formatting_to_marker();
                        self.mode = Mode::InRow;
                    }
                    Ok(Step::Done)
                }
                Name::TABLE | Name::TBODY | Name::TFOOT | Name::THEAD | Name::TR => {
                    if self.in_table_scope(|open| open == name) {
                        self.close_cell();
                        return Ok(Step::Again);
                    }
                    Ok(Step::Done)
                }
                _ if name.is(Traits::TABLE_PART) || matches!(name, Name::BODY | Name::HTML) => Ok(Step::Done),
                _ => self.end_in_body(name),
            },
            Mode::InRow => match name {
                Name::TR => {
                    self.close_row();
                    Ok(Step::Done)
                }
                Name::TABLE => Ok(self.close_row()),
                Name::TBODY | Name::TFOOT | Name::THEAD => {
                    if self.in_table_scope(|open| open == name) {
                        return Ok(self.close_row());
                    }
                    Ok(Step::Done)
                }
                _ if name.is(Traits::TABLE_PART) || matches!(name, Name::BODY | Name::HTML) => Ok(Step::Done),
                _ => self.end_in_table(name),
            },
            Mode::InTableBody => match name {
                Name::TBODY | Name::TFOOT | Name::THEAD => {
                    if self.in_table_scope(|open| open == name) {
                        self.pop_until_current(is_table_body);
                        self.pop();
                        self.mode = Mode::InTable;
                    }
                    Ok(Step::Done)
                }
                Name::TABLE => Ok(self.close_table_body()),
                _ if name.is(Traits::TABLE_PART) || matches!(name, Name::BODY | Name::HTML) => Ok(Step::Done),
                _ => self.end_in_table(name),
            },
            Mode::InTable => self.end_in_table(name),
            Mode::InCaption => match name {
                Name::CAPTION => {
                    self.close_caption();
                    Ok(Step::Done)
                }
                Name::TABLE => Ok(if self.close_caption() { Step::Again } else { Step::Done }),
                _ if name.is(Traits::TABLE_PART) || matches!(name, Name::BODY | Name::HTML) => Ok(Step::Done),
                _ => self.end_in_body(name),
            },
            Mode::InColumnGroup => match name {
                Name::COLGROUP => {
                    self.close_column_group();
                    Ok(Step::Done)
                }
                Name::COL | Name::TEMPLATE => Ok(Step::Done),
                _ => Ok(self.close_column_group()),
            },
            mode => self.end_outside_body(mode, name),
        }
    }

    pub(super) fn end_outside_body(&mut self, mode: Mode, name: Name) -> Outcome {
        let opens = matches!(name, Name::BODY | Name::HTML | Name::BR);
        match mode {
            Mode::Initial => {
                self.mode = Mode::BeforeHtml;
                return Ok(Step::Again);
            }
            Mode::BeforeHtml if opens || name == Name::HEAD => {
                self.insert_made_up(Name::HTML)?;
                self.mode = Mode::BeforeHead;
                return Ok(Step::Again);
            }
            Mode::BeforeHead if opens || name == Name::HEAD => {
                self.insert_made_up(Name::HEAD)?;
                self.mode = Mode::InHead;
                return Ok(Step::Again);
            }
            Mode::InHead if opens || name == Name::HEAD => {
                self.mode = Mode::AfterHead;
                return Ok(if name == Name::HEAD { Step::Done } else { Step::Again });
            }
            Mode::InHeadNoscript if matches!(name, Name::NOSCRIPT | Name::BR) => {
                self.pop();
                self.mode = Mode::InHead;
                return Ok(if name == Name::BR { Step::Again } else { Step::Done });
            }
            Mode::AfterHead if opens => {
                self.ensure_body()?;
                return Ok(Step::Again);
            }
            Mode::AfterBody if name == Name::HTML => self.mode = Mode::AfterAfterBody,
            Mode::AfterBody | Mode::AfterAfterBody => {
                self.mode = Mode::InBody;
                return Ok(Step::Again);
            }
            _ => {}
        }
        Ok(Step::Done)
    }

    pub(super) fn end_in_table(&mut self, name: Name) -> Outcome {
        match name {
            Name::TABLE => {
                if self.in_table_scope(|open| open == Name::TABLE) {
                    self.pop_until(|open| open == Name::TABLE);
                    self.reset_mode();
                }
                Ok(Step::Done)
            }
            _ if name.is(Traits::TABLE_PART) || matches!(name, Name::BODY | Name::HTML) => Ok(Step::Done),
            // Both leave an element, which would go in front of the table.
            Name::P | Name::BR => Err(Declined("an element between the cells of a table")),
            _ => self.end_in_body(name),
        }
    }

    pub(super) fn end_in_body(&mut self, name: Name) -> Outcome {
        match name {
            Name::P => {
                if !self.paragraph_in_button_scope() {
                    self.insert_made_up(Name::P)?;
                }
                self.close_paragraph();
            }
            _ if name.is(Traits::FORMATTING) => self.close_formatting(name)?,
            _ if name.is(Traits::CLOSED_IN_SCOPE) => {
                if self.in_scope(name) {
                    self.generate_implied_end_tags(None);
                    self.pop_until(|open| open == name);
                }
            }
            Name::BODY => {
                if self.in_scope(Name::BODY) {
                    self.mode = Mode::AfterBody;
                }
            }
            Name::HTML => {
                if self.in_scope(Name::BODY) {
                    self.mode = Mode::AfterBody;
                    return Ok(Step::Again);
                }
            }
            Name::FORM => {
                if let Some(id) = self.form.take()
                    && self.in_scope_of(|bound| bound.is(Traits::SCOPE), |open| open.id == id)
                {
                    self.generate_implied_end_tags(None);
                    if let Some(index) = self.stack.iter().rposition(|open| open.id == id) {
                        self.remove(index);
                    }
                }
            }
            Name::LI | Name::DD | Name::DT => {
                let bound =
                    |bound: Name| bound.is(Traits::SCOPE) || (name == Name::LI && matches!(bound, Name::OL | Name::UL));
                if self.in_scope_of(bound, |open| open.name == name) {
                    self.generate_implied_end_tags(Some(name));
                    self.pop_until(|open| open == name);
                }
            }
            _ if name.is(Traits::HEADING) => {
                if self.in_scope_of(|bound| bound.is(Traits::SCOPE), |open| open.name.is(Traits::HEADING)) {
                    self.generate_implied_end_tags(None);
                    self.pop_until(|open| open.is(Traits::HEADING));
                }
            }
            Name::APPLET | Name::MARQUEE | Name::OBJECT => {
                if self.in_scope(name) {
                    self.generate_implied_end_tags(None);
                    self.pop_until(|open| open == name);
                    self.clear_formatting_to_marker();
                }
            }
            Name::BR => {
                self.reconstruct()?;
                self.insert_void(name);
            }
            // No template is ever open.
            Name::TEMPLATE => {}
            _ => self.close_any(name),
        }
        Ok(Step::Done)
    }

    pub(super) fn close_cell(&mut self) {
        self.generate_implied_end_tags(None);
        self.pop_until(|name| matches!(name, Name::TD | Name::TH));
        self.clear_formatting_to_marker();
        self.mode = Mode::InRow;
    }

    pub(super) fn close_row(&mut self) -> Step {
        if !self.in_table_scope(|name| name == Name::TR) {
            return Step::Done;
        }
        self.pop_until_current(|name| name == Name::TR);
        self.pop();
        self.mode = Mode::InTableBody;
        Step::Again
    }

    pub(super) fn close_table_body(&mut self) -> Step {
        if !self.in_table_scope(|name| matches!(name, Name::TABLE | Name::TBODY | Name::TFOOT)) {
            return Step::Done;
        }
        self.pop_until_current(is_table_body);
        self.pop();
        self.mode = Mode::InTable;
        Step::Again
    }

    pub(super) fn close_caption(&mut self) -> bool {
        let closes = self.in_table_scope(|name| name == Name::CAPTION);
        if closes {
            self.generate_implied_end_tags(None);
            self.pop_until(|name| name == Name::CAPTION);
            self.clear_formatting_to_marker();
            self.mode = Mode::InTable;
        }
        closes
    }

    pub(super) fn close_column_group(&mut self) -> Step {
        if !self.current_is(|name| name == Name::COLGROUP) {
            return Step::Done;
        }
        self.pop();
        self.mode = Mode::InTable;
        Step::Again
    }

    pub(super) fn reset_mode(&mut self) {
        let mode = |open: &Open| {
            Some(match open.name {
                Name::TD | Name::TH => Mode::InCell,
                Name::TR => Mode::InRow,
                name if is_table_body(name) => Mode::InTableBody,
                Name::CAPTION => Mode::InCaption,
                Name::COLGROUP => Mode::InColumnGroup,
                Name::TABLE => Mode::InTable,
                Name::BODY => Mode::InBody,
                _ => return None,
            })
        };
        self.mode = self.stack.iter().rev().find_map(mode).unwrap_or(Mode::InBody);
    }
}
