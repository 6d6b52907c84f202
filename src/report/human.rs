use super::*;
pub(super) struct Human;
impl Renderer for Human {
    fn render(&self, _report: &Report, _: &Dictionary, _: Style, _out: &mut dyn Write) -> io::Result<()> { Ok(()) }
}
