// Package link finds URLs and mail addresses in text, in one scan over its bytes, and takes them apart as a browser
// would: scheme, host as A-label, registered domain by the public suffix list, port, path.
//
// Parsing follows the WHATWG URL standard where it differs from RFC 3986, since what counts is where a click leads:
// http:\\a@b\@c goes to b. Text is read as its reader would: hxxp, example[.]com and "example dot com" are links, and
// marked as Obfuscated. Links inside of links (redirectors, link wrappers of mail providers) are links of their own
// with a Parent.
package link

// Source says where a link was found.
type Source uint8

// The sources.
const (
	Text   Source = iota // plain text, or the visible text of HTML
	Href                 // an HTML link, area or form
	Img                  // an image, stylesheet or other thing that is loaded
	Target               // inside another link: a redirector's target
	Field                // a header field (Subject)
)

var sourceNames = [...]string{"text", "href", "img", "target", "field"}

// String gives the name used in reports.
func (s Source) String() string { return sourceNames[s] }

// Link is one URL or mail address found in a message.
type Link struct {
	Raw     string // as found, at most 8192 bytes
	URL     string // normalised: scheme and host in lower case, host as A-label or IP address, no user, no fragment
	Scheme  string // "http", "https", "mailto", "ftp", …
	User    string // before the @ of the authority; for mailto the local part
	Host    string // lower case A-labels, an IP address in normal form (IPv4 as a browser reads 0x7f.1), "" none
	Domain  string // registered domain (public suffix + 1) of Host; Host itself for an IP address; "" none
	Port    int    // 0: the scheme's default
	Path    string // with query, as written
	Source  Source
	Shown   string // visible text of an HTML link
	Flags   Flags
	Parent  int // index of the link that this one is a redirect target of; -1 none
	PartIdx int // index into Message.Parts; -1 for a header field
}

// Flags tell what is unusual about a link.
type Flags uint16

// The flags.
const (
	Obfuscated  Flags = 1 << iota // hxxp, "example dot com", spaces or zero-width characters inside
	NoScheme                      // www.example.com or example.com without a scheme
	IDN                           // host has U-labels or xn-- labels
	MixedScript                   // one label mixes scripts (look-alike)
	NumericIP                     // IPv4 written as an integer, octal or hex
	IsIP                          // host is an IP address
	UserInfo                      // has user@ before the host
	Redirector                    // carries another URL in its path or query
	BidiChars                     // bidi or zero-width characters in the URL
	Mismatch                      // shown text is a URL of another registered domain
	LookAlike                     // a label of Cyrillic or Greek letters only that all look like Latin ones
	Unseen                        // the HTML link that it comes from is hidden from the reader
)

// Has tells whether all flags of x are set.
func (f Flags) Has(x Flags) bool { return f&x == x }

// The bounds.
const (
	MaxLinks = 10_000 // links kept of one message; Finder.Full tells that there were more
	maxRaw   = 8192   // bytes of one link
	maxHost  = 253    // of a name in the DNS
)
