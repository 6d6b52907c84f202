//! OFD: zip files as they are, and parts inside a well-formed package.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, PackagePart, check_extraction, fuzz_target, package};

const PARTS: [PackagePart; 7] = [
    (
        b'p',
        "Doc_0/Pages/0.xml",
        "<ofd:Page><ofd:Template TemplateID='2'/><ofd:Content><ofd:Layer><ofd:TextObject Boundary='20 20 100 9' Size='5'><ofd:TextCode X='0' Y='5' DeltaX='g 9 5'>关于布署工作的通知</ofd:TextCode></ofd:TextObject><ofd:CompositeObject ResourceID='3'/></ofd:Layer></ofd:Content></ofd:Page>",
    ),
    (b't', "Doc_0/Tpl.xml", "<ofd:Page><ofd:Content><ofd:Layer/></ofd:Content></ofd:Page>"),
    (
        b'r',
        "Doc_0/Res.xml",
        "<ofd:Res><ofd:CompositeGraphicUnit ID='3'><ofd:Content><ofd:PathObject Boundary='9 9 9 9'><ofd:AbbreviatedData>M 0 0 L 9 0 C</ofd:AbbreviatedData></ofd:PathObject></ofd:Content></ofd:CompositeGraphicUnit></ofd:Res>",
    ),
    (
        b'a',
        "Doc_0/Annot.xml",
        "<ofd:PageAnnot><ofd:Annot Type='Highlight'><ofd:Remark>批注</ofd:Remark><ofd:Appearance Boundary='0 0 9 9'/></ofd:Annot></ofd:PageAnnot>",
    ),
    (
        b'A',
        "Doc_0/Annots.xml",
        "<ofd:Annotations><ofd:Page PageID='1'><ofd:FileLoc>Annot.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>",
    ),
    (
        b'd',
        "Doc_0/Document.xml",
        "<ofd:Document><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea><ofd:DocumentRes>Res.xml</ofd:DocumentRes><ofd:TemplatePage ID='2' BaseLoc='Tpl.xml'/></ofd:CommonData><ofd:Pages><ofd:Page ID='1' BaseLoc='Pages/0.xml'/></ofd:Pages><ofd:Annotations>Annots.xml</ofd:Annotations></ofd:Document>",
    ),
    (
        b'o',
        "OFD.xml",
        "<ofd:OFD><ofd:DocBody><ofd:DocInfo><ofd:Title>通知</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
    ),
];

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Ofd, "a.ofd", &package(&PARTS, data)) });
