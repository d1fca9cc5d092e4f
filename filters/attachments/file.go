package attachments

import (
	"strings"

	"weir/filters/attachments/office"
	"weir/filters/attachments/pdf"
	"weir/message"
	"weir/message/archive"
)

// file looks at one file: its name, what it is, and what is in it.
func (x *examiner) file(name, declared string, data []byte) {
	n := takeApart(name)
	if forbidden := x.named(n, name); !forbidden {
		x.typed(n, name, declared, data)
	}
	if len(data) == 0 {
		return
	}
	if x.late() {
		x.hit(Unscanned, name, archive.TooSlow.String())
		return
	}
	x.content(n, name, declared, data)
	x.walker.Walk(name, data)
}

// typed checks what a file is by its first bytes.
func (x *examiner) typed(n fileName, name, declared string, data []byte) {
	k := kindOf(data)
	formats, packed := archive.Detect(data)
	symbol := Forbidden
	if len(x.trail) > 0 {
		symbol = ForbiddenInner
	}
	if k != other && x.types[k.String()] {
		x.object(symbol, name, "files of the type "+k.String()+" are forbidden")
	}
	for _, f := range formats[:packed] {
		if x.types[f.String()] {
			x.object(symbol, name, "files of the type "+f.String()+" are forbidden")
		}
	}
	if packed == 0 && unseen[n.ending] && len(data) > 0 {
		x.hit(Unscanned, name, archive.Unsupported.String())
	}
	if differs(k, packed > 0, n.ending, declared) {
		what := k.String()
		if k == other {
			what = formats[0].String()
		}
		x.hit(TypeDiffers, name, "it is "+what)
	}
}

// content looks into a file. What a detector stumbles over is not scanned.
func (x *examiner) content(n fileName, name, declared string, data []byte) {
	defer func() {
		if recover() != nil {
			x.hit(Unscanned, name, archive.Broken.String())
		}
	}()
	k := kindOf(data)
	switch k {
	case compound:
		r := office.OLE(data)
		x.office(name, &r)
	case richText:
		x.rtf(name, data)
	case pdfFile:
		x.pdf(name, data)
	case htmlFile:
		x.html(name, data)
	case svgFile:
		x.svg(name, data)
	case picture:
		x.picture(name, data)
	}
	x.text(k, n, name, declared, data)
}

// text looks at what programs open by its name, whatever its first bytes look like: a page may begin like a picture.
func (x *examiner) text(k kind, n fileName, name, declared string, data []byte) {
	switch {
	case page[n.ending] || declared == "text/html" && n.ending == "":
		if k != htmlFile && k != svgFile {
			x.html(name, data)
		}
	case n.ending == "svg" || declared == "image/svg+xml":
		if k != svgFile && k != htmlFile {
			x.svg(name, data)
		}
	case k != pdfFile && (n.ending == "pdf" || k == picture || k == richText) && pdf.Is(data):
		x.pdf(name, data)
	case n.ending == "eml" || n.ending == "mht" || n.ending == "mhtml":
		x.mail(name, data, n.ending != "eml")
	case n.ending == "url" || strings.HasSuffix(n.ending, "webloc"):
		x.links.Text(string(data[:min(len(data), 8192)]), 0)
	}
}

// maxMails is how deep messages within files are looked at.
const maxMails = 3

// mail looks at a message that is a file; of a web archive a browser runs the page itself, too.
func (x *examiner) mail(name string, data []byte, web bool) {
	if x.mails >= maxMails {
		x.hit(Unscanned, name, archive.TooDeep.String())
		return
	}
	x.mails++
	defer func() { x.mails-- }()
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(data)
	for _, p := range m.Parts() {
		switch {
		case attached(p):
			x.within(name, p.FileName, p.Body())
		case web && p.Type == "text/html":
			x.within(name, "page.html", p.Body())
		}
	}
}

// Want tells the walker which files of an archive to unpack: of Office documents only what can hold something.
func (x *examiner) Want(e *archive.Entry) bool {
	return !e.Office || office.Wants(e.Name)
}

// Visit looks at a file of an archive.
func (x *examiner) Visit(e *archive.Entry) (into bool) {
	before := x.trail
	x.trail = e.Trail
	defer func() { x.trail = before }()
	x.problem(e)
	if e.Kind == archive.Archive {
		return false
	}
	if archive.Escapes(e.Name) || archive.Escapes(e.Local) {
		x.hit(NameEscapes, e.Name, "")
	}
	if e.Hidden {
		x.hit(Hidden, e.Name, "")
	}
	if e.Kind != archive.File {
		return false
	}
	x.entry(e)
	return true
}

// entry looks at a file of an archive; into archives the walker goes by itself.
func (x *examiner) entry(e *archive.Entry) {
	if e.Local != "" {
		x.named(takeApart(e.Local), e.Local)
	}
	n := takeApart(e.Name)
	switch forbidden := x.named(n, e.Name); {
	case len(e.Data) == 0:
		return
	case !forbidden:
		x.typed(n, e.Name, "", e.Data)
	}
	switch {
	case x.late():
		x.hit(Unscanned, e.Name, archive.TooSlow.String())
	case e.Office && x.document(e):
	default:
		x.content(n, e.Name, "", e.Data)
	}
}

// problem reports why something was not unpacked.
func (x *examiner) problem(e *archive.Entry) {
	switch e.Problem {
	case archive.None:
		return
	case archive.Encrypted:
		x.encrypted(e)
		return
	case archive.Bomb:
		x.hit(Bomb, e.Name, "")
	case archive.Broken:
		x.hit(Broken, e.Name, "")
	}
	x.hit(Unscanned, e.Name, e.Problem.String())
}

// encrypted reports an archive that needs a password.
func (x *examiner) encrypted(e *archive.Entry) {
	x.locked = true
	if e.Kind == archive.Archive {
		x.hit(EncryptedNames, "", "")
	}
	if x.sealed != x.part && x.types["encrypted"] { // once a part: an archive may have many files
		x.sealed = x.part
		x.object(ForbiddenInner, e.Name, "encrypted archives are forbidden")
	}
	x.hit(EncryptedArchive, e.Name, "")
}
