package uri

// List gathers the links of one message.
type List struct {
	r     *Reader
	links []Link
	index map[string]int
	all   []string        // what link rules see, each once
	known map[string]bool // all, once there are many
	seen  map[string]bool // what was found in text
	size  int             // bytes of all
	short bool
}

// New begins the list of a message.
func (r *Reader) New() *List { return &List{r: r} }

// Links lists the links in the order in which they were found. Its Links are not to be changed.
func (l *List) Links() []Link { return l.links }

// All lists what link rules are tried on: each link in all its dresses, each once.
func (l *List) All() []string { return l.all }

// Truncated tells whether a link was too long, or there were too many: what was cut off is not looked at.
func (l *List) Truncated() bool { return l.short }

// HTML adds the links of a document, as a Collector lists them. truncated says that it had more.
func (l *List) HTML(links []Link, truncated bool) {
	l.short = l.short || truncated
	for _, link := range links {
		if link.Types == 0 {
			link.Types = Parsed
		}
		link.wide = true
		link.Texts = distinct(link.Texts)
		l.add(link, false)
	}
}

// Signature adds the domain of a signature. Link rules do not see it, but its host counts as one that the message names.
func (l *List) Signature(domain string) {
	l.add(Link{Raw: "domainkeys:" + domain, Types: Signed, hidden: true}, true)
}

// add adds a link, or what is new of it. One that must lead somewhere is left out unless it has a host.
func (l *List) add(link Link, mustLead bool) {
	if len(l.links) >= MaxLinks || l.size > MaxText {
		l.short = true
		return
	}
	if i, ok := l.find(link.Raw); ok {
		l.merge(&l.links[i], &link)
		return
	}
	if link.hidden {
		link.cleaned = []string{link.Raw}
	} else {
		link.cleaned = l.r.clean(link.Raw, link.wide)
		l.cut(link.cleaned)
	}
	if mustLead && !l.r.leads(&link) {
		return
	}
	if l.index != nil {
		l.index[link.Raw] = len(l.links)
	}
	l.links = append(l.links, link)
	if !link.hidden {
		l.show(link.cleaned)
	}
}

// few is the number of entries that are searched one by one.
const few = 8

// find looks a link up by how it was written.
func (l *List) find(raw string) (int, bool) {
	if len(l.links) <= few {
		for i := range l.links {
			if l.links[i].Raw == raw {
				return i, true
			}
		}
		return 0, false
	}
	if l.index == nil {
		l.index = make(map[string]int, 4*few)
		for i := range l.links {
			l.index[l.links[i].Raw] = i
		}
	}
	i, ok := l.index[raw]
	return i, ok
}

// merge takes over what a second finding of a link adds.
func (l *List) merge(to, from *Link) {
	to.Types |= from.Types
	to.Texts = append(to.Texts, from.Texts...)
}

// cut shortens links that are too long.
func (l *List) cut(links []string) {
	for i, s := range links {
		if len(s) > MaxLength {
			links[i] = s[:MaxLength]
			l.short = true
		}
	}
}

// show adds to what link rules see.
func (l *List) show(links []string) {
	for _, s := range links {
		if l.has(s) {
			continue
		}
		if l.known != nil {
			l.known[s] = true
		}
		l.all = append(l.all, s)
		l.size += len(s)
	}
}

func (l *List) has(s string) bool {
	if len(l.all) <= few {
		return contains(l.all, s)
	}
	if l.known == nil {
		l.known = make(map[string]bool, 4*few)
		for _, a := range l.all {
			l.known[a] = true
		}
	}
	return l.known[s]
}

func contains(list []string, s string) bool {
	for _, a := range list {
		if a == s {
			return true
		}
	}
	return false
}

// distinct drops texts that are there already.
func distinct(texts []string) []string {
	if len(texts) < 2 {
		return texts
	}
	seen := make(map[string]bool, len(texts))
	kept := make([]string, 0, len(texts))
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			kept = append(kept, t)
		}
	}
	return kept
}
