package message

import "strings"

// Text returns what a reader sees of the message: the visible text of all canonical text parts that are no attachments,
// in order, separated by an empty line. Of alternatives (multipart/alternative) all are there.
func (m *Message) Text() string {
	m.lazy.text.Do(func() { m.lazy.visible = m.join() })
	return m.lazy.visible
}

func (m *Message) join() string {
	var texts []string
	for _, p := range m.parts {
		if p.Reading > 0 || !p.IsText() || p.Disposition == "attachment" {
			continue
		}
		if t := p.Visible(); t != "" {
			texts = append(texts, t)
		}
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return strings.Join(texts, "\n\n")
}
