// Package html renders HTML mail to the text that its reader sees, and lists what it links to and loads.
//
// It goes over the source once, with a tokenizer that splits as browsers do (HTML standard, section 13.2.5), bounded in
// tags, depth, attributes and output, and understands as much CSS as it takes to tell text that a reader can't see:
// display:none, visibility, font-size:0, opacity:0, text in the colour of its background, boxes without room, positions
// off the screen, in style attributes and in the simple selectors of <style>.
//
// Where it can't be sure (a background image, a selector that depends on others) text counts as visible.
package html

// Document is a rendered HTML part. All is UTF-8 if the source was; nothing in it is escaped.
type Document struct {
	Text      string   // visible text; blocks separated by newlines, white space folded
	Hidden    string   // text that is in the source and that the reader does not see, pieces separated by newlines
	Tricks    Trick    // in which ways the text of Hidden is hidden; 0 none
	Title     string   // of <title>, folded
	Links     []Link   // at most 10,000
	Images    []Image  // at most 10,000
	Loads     []string // other things that are loaded: stylesheets, frames, media, plugins
	Forms     []Form   // at most 1,000
	Base      string   // <base href>
	Scripts   int      // <script> elements and on* handlers
	MetaGoto  string   // target of <meta http-equiv=refresh>
	Tags      int      // tags seen, start and end
	Unclosed  int      // elements left open at the end, of those that must be closed
	Truncated bool     // a limit was reached: part of the source was not rendered
}

// Link is an <a> or <area> and what its reader sees of it.
type Link struct {
	Href   string // as written, entities decoded, not resolved
	Text   string // visible text within, folded
	Hidden bool   // the reader can't see it
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
	Method   string // lower case, "get" if absent
	Password bool   // has an <input type=password>
}

// Trick is a set of ways to put text into a mail that its reader does not see. Newsletters do it too (preview text).
type Trick uint16

// The ways.
const (
	NotShown  Trick = 1 << iota // display:none, visibility:hidden, the hidden attribute
	TinyText                    // a font of at most 1.5 px
	SameColor                   // the colour of its background, or transparent
	Faded                       // opacity under 0.05
	NoRoom                      // a box without width or height that cuts off what is in it
	OffScreen                   // moved off the page
)

// DefaultMax is the number of bytes of text (visible and hidden together) that are rendered where no limit is given.
const DefaultMax = 4 << 20

// The other bounds on a document. What goes beyond sets Truncated.
const (
	maxTags   = 2_000_000
	maxDepth  = 512
	maxLinks  = 10_000
	maxImages = 10_000
	maxForms  = 1_000
	maxLoads  = 1_000
)
