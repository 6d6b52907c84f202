use super::*;
pub(super) struct Sarif;
impl Renderer for Sarif {
    fn render(&self, _report: &Report, _: &Dictionary, _: Style, _out: &mut dyn Write) -> io::Result<()> { Ok(()) }
}
