// Package office looks into documents of Word, Excel, PowerPoint and their kin for what runs or loads something when they
// are opened: macros, fields and links that call programs, templates from elsewhere, packed objects.
//
// Old documents are compound files (MS-CFB), new ones are zip archives (ECMA-376, OpenDocument) whose parts are shown to
// Part one by one. Macros are stored packed in both (MS-OVBA).
package office

// Report is what was found in one document. The zero value: nothing.
type Report struct {
	Macros     bool   // has VBA or Basic
	AutoRun    bool   // a macro runs when the document is opened, closed or touched
	Suspicious string // a call by which macros reach beyond their document; "" none
	XLM        bool   // has Excel 4 macro sheets
	DDE        string // a program that a field or link starts; "" none
	Template   string // address that a template, frame or object is loaded from when the document is opened; "" none
	Equation   bool   // an object of the equation editor, which is known for its holes
	Encrypted  bool   // needs a password
	Broken     bool   // could not be read to its end
	Objects    int    // packed objects
	Files      []File // files within packed objects, at most 20
	Links      []string
}

// File is a file that stands in an object of a document.
type File struct {
	Name string
	Data []byte
}

// The bounds.
const (
	maxFiles = 20
	maxLinks = 500
	maxItems = 4000 // directory entries of one compound file
)

func (r *Report) link(url string) {
	if len(r.Links) < maxLinks && url != "" {
		r.Links = append(r.Links, url)
	}
}

func (r *Report) file(name string, data []byte) {
	if len(r.Files) < maxFiles && len(data) > 0 {
		r.Files = append(r.Files, File{name, data})
	}
}
