package uri

import "strings"

// Collector gathers what the tags of one HTML document refer to. The zero value is ready. Whoever reads the document
// calls it in the document's order, with attributes whose character references are undone.
type Collector struct {
	links   []Link
	index   map[string]int
	anchors []strings.Builder
	owner   []int32 // by anchor: its link
	base    string
	short   bool
}

// maxAnchors bounds the anchors of a document whose text is kept.
const maxAnchors = 10_000

// Tag takes what an attribute of a tag, in lower case, refers to.
func (c *Collector) Tag(tag, value string) {
	uri := c.trim(value)
	if uri == "" {
		return
	}
	if hasFold(uri, "data:", "mailto:", "file:", "cid:", "tel:") == 0 {
		if uri = resolve(c.base, uri); uri == "" {
			return
		}
	}
	if i, ok := c.link(uri); ok {
		c.links[i].Types |= Tag(tag)
	}
}

// Base takes the href of a <base>: what relative links behind it are relative to. It counts as a link itself, which Tag
// takes.
func (c *Collector) Base(value string) {
	uri := c.trim(value)
	n := hasFold(uri, "http:", "https:", "ftp:")
	if n == 0 {
		return
	}
	uri = folder(uri, n)
	if !strings.HasSuffix(uri, "/") {
		uri += "/"
	}
	c.base = uri
}

// folder cuts the name of a file, such as index.html, off a base.
func folder(uri string, scheme int) string {
	host := scheme
	for host < len(uri) && host < scheme+2 && uri[host] == '/' {
		host++
	}
	slash := strings.IndexByte(uri[host:], '/')
	dot := strings.LastIndexByte(uri, '.')
	if slash < 1 || dot < 0 {
		return uri
	}
	slash += host
	end := uri[dot+1:]
	if len(end) < 2 || len(end) > 4 || strings.IndexByte(end, '/') >= 0 {
		return uri
	}
	start := dot
	for start > slash+1 && uri[start-1] != '/' && uri[start-1] != '.' {
		start--
	}
	if start == dot || dot < slash {
		return uri
	}
	return uri[:start]
}

// Anchor begins the text of an <a>; there is false for one without href.
func (c *Collector) Anchor(href string, there bool) {
	uri := ""
	if there {
		uri = c.trim(href)
	}
	i, ok := c.link(uri)
	if !ok || len(c.anchors) >= maxAnchors {
		c.short = true
		return
	}
	c.anchors = append(c.anchors, strings.Builder{})
	c.owner = append(c.owner, int32(i))
}

// Text adds to what the last anchor shows.
func (c *Collector) Text(s string) {
	if n := len(c.anchors); n > 0 {
		c.anchors[n-1].WriteString(s)
	}
}

// Links lists what was found, each once, in order. It ends the collection: what comes later is not in it.
func (c *Collector) Links() []Link {
	for i, link := range c.owner {
		c.links[link].Texts = append(c.links[link].Texts, c.anchors[i].String())
	}
	c.owner = nil
	return c.links
}

// Anchors lists what the anchors show, in order.
func (c *Collector) Anchors() []string {
	texts := make([]string, len(c.anchors))
	for i := range c.anchors {
		texts[i] = c.anchors[i].String()
	}
	return texts
}

// Truncated tells whether a link was cut, or there were too many.
func (c *Collector) Truncated() bool { return c.short }

// trim takes white space off both ends and byte order marks out, and cuts what is too long.
func (c *Collector) trim(uri string) string {
	if strings.Contains(uri, "\ufeff") {
		uri = strings.ReplaceAll(uri, "\ufeff", "")
	}
	uri = strings.TrimSpace(uri)
	if len(uri) > MaxLength {
		uri, c.short = uri[:MaxLength], true
	}
	return uri
}

// link finds or adds a link; ok is false if there are too many.
func (c *Collector) link(raw string) (i int, ok bool) {
	if len(c.links) <= few {
		for i := range c.links {
			if c.links[i].Raw == raw {
				return i, true
			}
		}
	} else if c.index == nil {
		c.index = make(map[string]int, 4*few)
		for i := range c.links {
			c.index[c.links[i].Raw] = i
		}
	}
	if i, ok := c.index[raw]; ok {
		return i, true
	}
	if len(c.links) >= MaxLinks {
		c.short = true
		return 0, false
	}
	if c.index != nil {
		c.index[raw] = len(c.links)
	}
	c.links = append(c.links, Link{Raw: raw})
	return len(c.links) - 1, true
}
