package attachments

import "weir/scoring"

// The symbols of this filter.
const (
	Forbidden        = "ATTACHMENT_FORBIDDEN"
	ForbiddenInner   = "ATTACHMENT_FORBIDDEN_INNER"
	DoubleExtension  = "ATTACHMENT_DOUBLE_EXTENSION"
	NameOdd          = "ATTACHMENT_NAME_ODD"
	NameEscapes      = "ATTACHMENT_NAME_ESCAPES"
	TypeDiffers      = "ATTACHMENT_TYPE_DIFFERS"
	EncryptedArchive = "ATTACHMENT_ENCRYPTED_ARCHIVE"
	EncryptedNames   = "ATTACHMENT_ENCRYPTED_NAMES"
	EncryptedDoc     = "ATTACHMENT_ENCRYPTED_DOCUMENT"
	PasswordGiven    = "ATTACHMENT_PASSWORD_GIVEN"
	Bomb             = "ATTACHMENT_BOMB"
	Unscanned        = "ATTACHMENT_UNSCANNED"
	Broken           = "ATTACHMENT_BROKEN"
	Hidden           = "ATTACHMENT_HIDDEN_FILE"
	Macro            = "ATTACHMENT_MACRO"
	MacroAuto        = "ATTACHMENT_MACRO_AUTORUN"
	MacroSuspicious  = "ATTACHMENT_MACRO_SUSPICIOUS"
	MacroXLM         = "ATTACHMENT_MACRO_XLM"
	DDE              = "ATTACHMENT_DDE"
	Template         = "ATTACHMENT_TEMPLATE"
	Object           = "ATTACHMENT_OBJECT"
	Exploit          = "ATTACHMENT_EXPLOIT"
	PDFScript        = "ATTACHMENT_PDF_SCRIPT"
	PDFLaunch        = "ATTACHMENT_PDF_LAUNCH"
	PDFObfuscated    = "ATTACHMENT_PDF_OBFUSCATED"
	PDFFile          = "ATTACHMENT_PDF_FILE"
	HTML             = "ATTACHMENT_HTML"
	HTMLScript       = "ATTACHMENT_HTML_SCRIPT"
	HTMLSmuggling    = "ATTACHMENT_HTML_SMUGGLING"
	HTMLPassword     = "ATTACHMENT_HTML_PASSWORD"
	SVGScript        = "ATTACHMENT_SVG_SCRIPT"
	QR               = "ATTACHMENT_QR"
	PictureSkipped   = "ATTACHMENT_PICTURE_SKIPPED"
)

// symbols is the table of all; docs/attachments.md has the same rows, and reports have their order. The tag threshold is
// 5: what honest senders attach stays far below it, also where several rows meet (a packed document with macros and its
// password in the mail).
var symbols = []scoring.Symbol{
	{Name: Forbidden, Score: 6, Text: "A file of a kind that nobody needs by mail, by its name or by what it is."},
	{Name: ForbiddenInner, Score: 4, Text: "The same within an archive or a document."},
	{Name: DoubleExtension, Score: 3, Text: "A file that runs, named like a document: invoice.pdf.exe."},
	{Name: NameOdd, Score: 1.5, Text: "A file name made to deceive its reader: turned round, hidden characters, blanks before its ending."},
	{Name: NameEscapes, Score: 2, Text: "A name in an archive that leads out of the folder it is unpacked into."},
	{Name: TypeDiffers, Score: 2.5, Text: "A file is another thing than its name says, as only deceit explains."},
	{Name: EncryptedArchive, Score: 0.5, Text: "An archive needs a password: what is in it was not scanned."},
	{Name: EncryptedNames, Score: 1, Text: "An archive hides even the names of its files."},
	{Name: EncryptedDoc, Text: "A document needs a password: it was not scanned, or not all of it."},
	{Name: PasswordGiven, Score: 2, Text: "The mail tells the password of its encrypted archive."},
	{Name: Bomb, Score: 4, Text: "An archive made to choke whoever opens it: not scanned to its end."},
	{Name: Unscanned, Score: 0.5, Text: "Something that could not be opened, or not to its end: not scanned."},
	{Name: Broken, Score: 0.3, Text: "A damaged archive or document: not scanned whole."},
	{Name: Hidden, Score: 2.5, Text: "A zip archive that programs read differently: files that only some of them see."},
	{Name: Macro, Score: 0.5, Text: "A document with macros."},
	{Name: MacroAuto, Score: 1, Text: "A macro runs without being asked for."},
	{Name: MacroSuspicious, Score: 3, Text: "A macro reaches beyond its document: programs, the network, Windows itself."},
	{Name: MacroXLM, Score: 2.5, Text: "A workbook with Excel 4 macro sheets."},
	{Name: DDE, Score: 3, Text: "A field or link starts a program (DDE)."},
	{Name: Template, Score: 2.5, Text: "A document loads its template or an object from the web when it is opened."},
	{Name: Object, Score: 0.2, Text: "A document with packed objects."},
	{Name: Exploit, Score: 5, Text: "An object of a class that is only used to break in."},
	{Name: PDFScript, Score: 0.7, Text: "A PDF with JavaScript."},
	{Name: PDFLaunch, Score: 3, Text: "A PDF that starts a program or opens another file."},
	{Name: PDFObfuscated, Score: 3, Text: "A PDF that writes the names of its actions so that scanners do not see them."},
	{Name: PDFFile, Text: "A PDF with embedded files."},
	{Name: HTML, Score: 0.2, Text: "An HTML file."},
	{Name: HTMLScript, Score: 0.5, Text: "An HTML file with scripts."},
	{Name: HTMLSmuggling, Score: 3, Text: "An HTML file whose script puts a file or page together that is not to be seen in it."},
	{Name: HTMLPassword, Score: 1, Text: "An HTML file that asks for a password."},
	{Name: SVGScript, Score: 3.5, Text: "A picture in SVG with a script."},
	{Name: QR, Text: "A QR code; the address in it is checked like a link."},
	{Name: PictureSkipped, Text: "Pictures beyond the limits: no codes were looked for in them."},
}
