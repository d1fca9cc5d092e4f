// Package written has functions of Weir's own about how the source of a mail's text is written: which tags HTML has and what
// stands in them, letters as numbers, a row of random letters at the end.
//
// Patterns over the source could tell the same, but each looks at all of it for itself, and most mail has much HTML. Here one
// walk from tag to tag counts all there is to know, and only for mail that has a rule asking.
package written

import (
	"fmt"

	"weir/rules/eval"
	"weir/rules/view"
)

// New makes the room. No plugin of SpamAssassin's has these functions: rules guard them with ifplugin Weir.
func New() eval.Room { return eval.Functions(bind) }

// sign is something that is counted in the source of texts.
type sign int

const (
	tinyText sign = iota
	unshownText
	whiteFont
	cutWord
	turned
	linkedImage
	innerImage
	script
	frame
	onLoad
	refresh
	form
	input
	passwordInput
	loud
	redOrLarge
	opened
	closed
	htmlLine
	mailtoSubject
	scriptLink
	pageLink
	linkSource
	letterNumbers
	encodedLetters
	codeTail
	longChunk
	signs
)

// names are the signs as rules call them.
var names = map[string]sign{
	"tiny_text":       tinyText,       // words behind a tag that makes letters of size 0 or 1
	"unshown_text":    unshownText,    // words behind a tag that shows nothing: display:none, visibility:hidden
	"white_font":      whiteFont,      // <font color=white>, or nearly white, around words
	"cut_word":        cutWord,        // letter, tag or comment that shows nothing, letter
	"turned":          turned,         // text that is written backwards and turned round
	"linked_image":    linkedImage,    // <a href> around an image from the web or of the mail
	"inner_image":     innerImage,     // an image that is a part of the mail
	"script":          script,         // a script that does something
	"frame":           frame,          // a frame from the web or of the mail
	"on_load":         onLoad,         // what is done when the mail is opened
	"refresh":         refresh,        // a page that leads on by itself
	"form":            form,           // a form that is sent somewhere
	"input":           input,          // a field to fill in, or a button
	"password_input":  passwordInput,  // a field for a password
	"loud":            loud,           // coloured or large fonts, centred, blinking, dark pages
	"red_or_large":    redOrLarge,     // fonts that are red or large
	"html_opened":     opened,         // <html>
	"html_closed":     closed,         // </html>
	"html_line":       htmlLine,       // a line that begins with a tag of a page
	"mailto_subject":  mailtoSubject,  // a link that writes a mail with a subject
	"script_link":     scriptLink,     // a link that runs a script
	"page_link":       pageLink,       // a link that is itself a page
	"link_source":     linkSource,     // a link's source: <a href, [url=, also with its bracket as &lt;
	"letter_numbers":  letterNumbers,  // five letters in a row as numbers: &#80;
	"encoded_letters": encodedLetters, // eight letters in a row in quoted-printable, which need none
	"code_tail":       codeTail,       // the last line is a row of random letters or digits
	"long_chunk":      longChunk,      // 1,200 bytes or more in one piece
}

// bind binds written(sign). It hits once, or as often as the sign was found for rules flagged multiple.
func bind(c eval.Call) (eval.Check, error) {
	if c.Name != "written" {
		return nil, eval.ErrUnknown
	}
	if len(c.Args) != 1 {
		return nil, fmt.Errorf("%s takes one argument, the name of a sign", c.Name)
	}
	s, known := names[c.Args[0]]
	if !known {
		return nil, fmt.Errorf("%s: %q is no sign of how a text is written", c.Name, c.Args[0])
	}
	most := 1
	if c.Has("multiple") {
		most = mostCounted
	}
	return func(m *view.Mail) int { return min(signsOf(m)[s], most) }, nil
}

// mostCounted bounds what a rule counts.
const mostCounted = 100

type key struct{}

// signsOf counts all signs of a mail, once.
func signsOf(m *view.Mail) *[signs]int {
	return view.Once(m, key{}, func() *[signs]int {
		w := &walker{}
		for _, t := range m.Texts() {
			if t.Raw && w.left() > 0 {
				w.text(t.Source[:min(len(t.Source), w.left())])
			}
		}
		for _, p := range m.Parts().Parts {
			if p.IsLeaf() && w.left() > 0 {
				w.encoded(p.Raw())
			}
		}
		return &w.found
	})
}
