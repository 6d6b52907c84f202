use super::*;
pub(super) struct Checkstyle;
impl Renderer for Checkstyle {
    fn render(&self, _report: &Report, _: &Dictionary, _: Style, _out: &mut dyn Write) -> io::Result<()> { Ok(()) }
}
