package attachments

import (
	"slices"
	"strings"

	"weir/filters/attachments/markup"
	"weir/filters/attachments/office"
	"weir/filters/attachments/pdf"
	"weir/filters/attachments/qr"
	"weir/filters/attachments/rtf"
	"weir/message/archive"
	"weir/message/link"
)

// document shows a part of an Office document to its report. It returns false for what is a file of its own, as a picture
// or a document within.
func (x *examiner) document(e *archive.Entry) bool {
	_, packed := archive.Detect(e.Data)
	if k := kindOf(e.Data); packed > 0 || k != other && k != compound && !xml(e.Name) {
		return false
	}
	at := strings.Join(e.Trail, " > ")
	for i := len(x.docs) - 1; i >= 0; i-- {
		if x.docs[i].path == at {
			x.docs[i].report.Part(e.Name, e.Data)
			return true
		}
	}
	d := &document{path: at, trail: slices.Clone(e.Trail)}
	d.report.Part(e.Name, e.Data)
	x.docs = append(x.docs, d)
	return true
}

// xml tells whether a part of an Office document is one of the texts that it is made of.
func xml(name string) bool {
	ending := endingOf(name)
	return ending == "xml" || ending == "rels"
}

// flush reports what was found in the Office documents of one part.
func (x *examiner) flush() {
	docs := x.docs
	x.docs = nil
	for _, d := range docs {
		x.trail = d.trail[:len(d.trail)-1]
		x.office(d.trail[len(d.trail)-1], &d.report)
	}
	x.trail = nil
	if len(x.docs) > 0 {
		x.flush() // documents that were packed into documents
	}
}

// office reports what was found in a document.
func (x *examiner) office(name string, r *office.Report) {
	for _, one := range []struct {
		found       bool
		symbol, why string
	}{
		{r.Macros, Macro, ""}, {r.Macros && r.AutoRun, MacroAuto, ""}, {r.Suspicious != "", MacroSuspicious, r.Suspicious}, {r.XLM, MacroXLM, ""},
		{r.DDE != "", DDE, r.DDE}, {r.Template != "", Template, r.Template}, {r.Objects > 0, Object, ""}, {r.Equation, Exploit, "equation editor"},
	} {
		if one.found {
			x.hit(one.symbol, name, one.why)
		}
	}
	if r.Broken {
		x.hit(Broken, name, "")
		x.hit(Unscanned, name, archive.Broken.String())
	}
	if r.Encrypted {
		x.closed(name)
	}
	x.addresses(r.Links)
	for _, f := range r.Files {
		x.within(name, f.Name, f.Data)
	}
}

// closed reports a document that needs a password.
func (x *examiner) closed(name string) {
	if x.types["encrypted"] {
		x.object(Forbidden, name, "encrypted documents are forbidden")
	}
	x.hit(EncryptedDoc, name, "")
}

// addresses keeps the web addresses that a file links to.
func (x *examiner) addresses(urls []string) {
	for _, u := range urls {
		if l, ok := link.Parse(u); ok && l.Host != "" {
			l.Source = link.Href
			x.links.Add(l)
		}
	}
}

func (x *examiner) rtf(name string, data []byte) {
	r := rtf.Scan(data)
	if r.Objects > 0 {
		why := ""
		if r.Update {
			why = "loaded as soon as the text is shown"
		}
		x.hit(Object, name, why)
	}
	if r.Class != "" {
		x.hit(Exploit, name, r.Class)
	}
	if r.Template != "" {
		x.hit(Template, name, r.Template)
		x.addresses([]string{r.Template})
	}
	if r.Broken {
		x.hit(Unscanned, name, "too many objects")
	}
	for _, object := range r.Data {
		if kindOf(object) == compound {
			inner := office.OLE(object)
			x.office(name, &inner)
			continue
		}
		inner := office.Package(object)
		x.office(name, &inner)
	}
}

func (x *examiner) pdf(name string, data []byte) {
	r := pdf.Scan(data)
	for _, one := range []struct {
		found       bool
		symbol, why string
	}{{r.Script, PDFScript, ""}, {r.Launch, PDFLaunch, ""}, {r.Obfuscated, PDFObfuscated, ""}, {r.Embedded > 0, PDFFile, ""}, {r.Broken, Unscanned, "streams that are packed in an unknown way"}} {
		if one.found {
			x.hit(one.symbol, name, one.why)
		}
	}
	if r.Encrypted {
		x.closed(name)
		return // its strings are not what they seem
	}
	x.addresses(r.Links)
	for i, file := range r.Files {
		inner := ""
		if len(r.Files) == 1 && len(r.Names) == 1 {
			inner = r.Names[i]
		}
		x.within(name, inner, file)
	}
	x.pdfNames(name, r)
	for _, image := range r.Images {
		x.picture(name, image)
	}
}

// pdfNames checks the names of embedded files, which stand apart from their data.
func (x *examiner) pdfNames(name string, r *pdf.Report) {
	if r.Embedded == 0 || len(r.Files) == 1 && len(r.Names) == 1 {
		return
	}
	before := x.trail
	x.walker.Within(name, func(trail []string) {
		x.trail = trail
		for _, inner := range r.Names {
			x.named(takeApart(inner), inner)
		}
	})
	x.trail = before
}

func (x *examiner) html(name string, data []byte) {
	r := markup.HTML(data)
	x.hit(HTML, name, "")
	switch {
	case r.Smuggling != "":
		x.hit(HTMLSmuggling, name, r.Smuggling)
	case r.Script:
		x.hit(HTMLScript, name, "")
	}
	if r.Password {
		x.hit(HTMLPassword, name, "")
	}
	x.cut(name, r.Cut)
	x.found(r.Links)
}

// cut reports a text that was not looked at to its end.
func (x *examiner) cut(name string, yes bool) {
	if yes {
		x.hit(Unscanned, name, archive.TooLarge.String())
	}
}

func (x *examiner) svg(name string, data []byte) {
	r := markup.SVG(data)
	if r.Script {
		x.hit(SVGScript, name, "")
	}
	if r.Smuggling != "" {
		x.hit(HTMLSmuggling, name, r.Smuggling)
	}
	x.cut(name, r.Cut)
	x.found(r.Links)
}

func (x *examiner) found(links []link.Link) {
	for _, l := range links {
		if l.Host != "" {
			l.Parent = -1
			x.links.Add(l)
		}
	}
}

// picture looks for a QR code.
func (x *examiner) picture(name string, data []byte) {
	if !x.config.QR {
		return
	}
	if x.pixels <= 0 {
		x.hit(PictureSkipped, name, "")
		return
	}
	text, pixels, outcome := qr.Read(data, x.pixels)
	x.pixels -= pixels
	switch outcome {
	case qr.TooLarge:
		x.hit(PictureSkipped, name, "")
	case qr.Code:
		x.hit(QR, name, text)
		x.links.Text(text[:min(len(text), 8192)], link.Text)
	}
}
