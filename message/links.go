package message

import (
	"weir/message/anomaly"
	"weir/message/link"
)

// Links lists the URLs and mail addresses of the Subject and of all text parts of all readings, HTML or not, each URL
// of a source once. It must not be changed. Where there are more than link.MaxLinks the rest is left out and
// anomaly.LinksLimit is among the Anomalies.
func (m *Message) Links() []link.Link {
	m.lazy.links.Do(func() { m.lazy.found = m.findLinks() })
	return m.lazy.found.Links
}

func (m *Message) findLinks() link.Finder {
	f := link.Finder{Part: -1}
	f.Text(m.Subject(), link.Field)
	for i, p := range m.parts {
		f.Part = i
		if doc := p.HTML(); doc != nil {
			f.HTML(doc)
			continue
		}
		f.Text(p.Text(), link.Text)
	}
	return f
}

func (m *Message) checkLinks(notes *anomaly.Set) {
	if m.Links(); m.lazy.found.Full {
		notes.Add(anomaly.LinksLimit, "")
	}
}
