// Package html renders HTML mail to the text that its reader sees, and lists what it links to.
//
// It works on x/net/html's tokenizer in one pass, bounded in tags, depth and output, and understands as much CSS as it
// takes to tell text that a reader can't see (display:none, font-size:0, colour on the same colour, off-screen).
package html

// Document is a rendered HTML part.
type Document struct {
	Text      string // visible text; blocks separated by newlines, white space folded
	Hidden    string // text that is in the source and that the reader does not see
	Title     string
	Links     []Link
	Images    []Image
	Forms     []Form
	Base      string // <base href>
	Scripts   int    // <script> elements and on* handlers
	MetaGoto  string // target of <meta http-equiv=refresh>
	Tags      int    // tags seen
	Unclosed  int    // elements left open at the end
	Truncated bool   // a limit was reached: what follows was not rendered
}

// Link is an <a> or <area> and what its reader sees of it.
type Link struct {
	Href string // as written, entities decoded, not resolved
	Text string // visible text within, folded
}

// Image is an <img>, an <input type=image>, or a CSS background.
type Image struct {
	Src           string
	Width, Height int // in px; -1 unknown
	Alt           string
}

// Form is a <form>.
type Form struct {
	Action   string
	Method   string // lower case
	Password bool   // has an <input type=password>
}
