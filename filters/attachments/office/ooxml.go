package office

import (
	"bytes"
	"html"
	"strings"
)

// Wants tells whether a part of an Office document (a file of its zip archive) is one that Part looks at. All others
// need not be unpacked.
func Wants(name string) bool {
	name = strings.ToLower(name)
	switch {
	case strings.HasSuffix(name, ".rels"), strings.HasSuffix(name, ".bin") && !strings.Contains(name, "printersettings"):
		return true
	case strings.HasPrefix(name, "word/") && strings.HasSuffix(name, ".xml"):
		return hasFields(name)
	case strings.HasPrefix(name, "xl/externallinks/"), strings.HasPrefix(name, "xl/macrosheets/"), strings.HasPrefix(name, "basic/"),
		strings.HasPrefix(name, "scripts/"), name == "meta-inf/manifest.xml":
		return true
	}
	return !known(name)
}

// hasFields tells whether a part of a Word document holds text with fields.
func hasFields(name string) bool {
	base := strings.TrimPrefix(name, "word/")
	for _, stem := range []string{"document", "header", "footer", "footnotes", "endnotes", "comments"} {
		if strings.HasPrefix(base, stem) {
			return true
		}
	}
	return strings.Contains(base, "/") && !known(name)
}

// known tells whether a part is of a kind that documents are made of and that runs nothing.
func known(name string) bool {
	for _, ending := range []string{".xml", ".vml", ".emf", ".wmf", ".fntdata", ".odttf", ".rdf", ".wdp", ".tif", ".tiff"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return name == "mimetype" || strings.Contains(name, "printersettings")
}

// Part looks at one part of an Office document. r gathers what is found in all of them.
func (r *Report) Part(name string, data []byte) {
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(lower, ".rels"):
		r.relationships(data)
	case bytes.HasPrefix(data, []byte(Magic)):
		inner := OLE(data)
		r.merge(&inner, strings.Contains(lower, "vbaproject"))
	case strings.HasPrefix(lower, "word/"):
		r.fields(data)
	case strings.HasPrefix(lower, "xl/externallinks/"):
		r.externalLink(data)
	case strings.HasPrefix(lower, "xl/macrosheets/"):
		r.XLM = true
	case strings.HasPrefix(lower, "basic/") && bytes.Contains(data, []byte("<script:module")), strings.HasPrefix(lower, "scripts/") && !strings.HasSuffix(lower, "/"):
		r.Macros = true
		r.judge([]byte(html.UnescapeString(string(data))))
	case lower == "meta-inf/manifest.xml":
		r.Encrypted = r.Encrypted || bytes.Contains(data, []byte("encryption-data"))
	}
}

// merge takes over what was found in a compound file within the document.
func (r *Report) merge(o *Report, project bool) {
	r.Macros = r.Macros || o.Macros || project
	r.AutoRun = r.AutoRun || o.AutoRun
	r.XLM = r.XLM || o.XLM
	r.Equation = r.Equation || o.Equation
	r.Broken = r.Broken || o.Broken && project
	r.Objects += o.Objects
	for _, f := range o.Files {
		r.file(f.Name, f.Data)
	}
	for _, pair := range [][2]*string{{&r.Suspicious, &o.Suspicious}, {&r.DDE, &o.DDE}, {&r.Template, &o.Template}} {
		if *pair[0] == "" {
			*pair[0] = *pair[1]
		}
	}
	for _, l := range o.Links {
		r.link(l)
	}
}

// relationships reads what a document refers to outside of itself (ECMA-376 part 2 section 9.3).
func (r *Report) relationships(data []byte) {
	for tag := range tags(data, "Relationship") {
		r.typed(tag)
		if !strings.EqualFold(attribute(tag, "TargetMode"), "External") {
			continue
		}
		target := attribute(tag, "Target")
		kind := attribute(tag, "Type")
		kind = kind[strings.LastIndexByte(kind, '/')+1:]
		switch kind {
		case "attachedTemplate", "frame", "subDocument", "oleObject", "htmlPub":
			// QUIRK: documents keep the path of their template on the author's disk; only addresses of servers count.
			if at := remote(target); at != "" && r.Template == "" {
				r.Template = at
			}
		}
		if at := remote(target); at != "" {
			r.link(at)
		}
	}
}

// typed notes what a relationship says its target is: programs go by that, and not by the target's name.
func (r *Report) typed(tag string) {
	kind := attribute(tag, "Type")
	switch kind[strings.LastIndexByte(kind, '/')+1:] {
	case "vbaProject":
		r.Macros = true
		if !strings.HasSuffix(strings.ToLower(attribute(tag, "Target")), ".bin") && r.Suspicious == "" {
			r.Suspicious = "macros under the name of something else"
		}
	case "xlMacrosheet", "xlIntlMacrosheet":
		r.XLM = true
	}
}

// remote gives the web address in a target, "" if there is none. "mhtml:http://…!x-usc:http://…" and the like hide it.
func remote(target string) string {
	lower := strings.ToLower(target)
	for _, scheme := range []string{"https://", "http://", "ftp://"} {
		if i := strings.Index(lower, scheme); i >= 0 {
			return target[i:]
		}
	}
	return ""
}

// fields looks at the instructions of fields in a Word document. Word lets them be spread over many runs.
func (r *Report) fields(data []byte) {
	if !bytes.Contains(data, []byte("instrText")) && !bytes.Contains(data, []byte("fldSimple")) {
		return
	}
	for tag := range tags(data, "w:fldSimple") {
		r.instruction(attribute(tag, "w:instr"))
	}
	var text strings.Builder
	for rest := data; text.Len() < maxSource; {
		_, after, ok := bytes.Cut(rest, []byte("<w:instrText"))
		if !ok {
			break
		}
		_, after, _ = bytes.Cut(after, []byte(">"))
		piece, after, _ := bytes.Cut(after, []byte("</w:instrText"))
		text.Write(piece)
		rest = after
	}
	r.instruction(html.UnescapeString(text.String()))
}

// instruction looks for a field that starts a program.
func (r *Report) instruction(text string) {
	upper := strings.ToUpper(text)
	for _, word := range []string{"DDEAUTO", "DDE "} {
		if i := strings.Index(upper, word); i >= 0 && (i == 0 || upper[i-1] <= ' ' || upper[i-1] == '"') && r.DDE == "" {
			r.DDE = printable([]byte(text[i:]))
		}
	}
}

// externalLink looks at a link of a workbook to elsewhere (ECMA-376 part 1 section 18.14).
func (r *Report) externalLink(data []byte) {
	for tag := range tags(data, "ddeLink") {
		if r.DDE == "" {
			r.DDE = printable([]byte(attribute(tag, "ddeService") + " " + attribute(tag, "ddeTopic")))
		}
	}
}
