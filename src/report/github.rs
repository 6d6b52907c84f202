use super::*;
pub(super) struct Github;
impl Renderer for Github {
    fn render(&self, _report: &Report, _: &Dictionary, _: Style, _out: &mut dyn Write) -> io::Result<()> { Ok(()) }
}
