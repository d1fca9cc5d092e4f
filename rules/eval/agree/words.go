package agree

import "weir/rules/view"

const longLetter = 640 // words; what one stranger writes to another is nearly always shorter

// longText tells that the text has 640 words or more: a newsletter or an article, not a letter.
func longText(m *view.Mail) bool {
	words, inside := 0, false
	for i, paragraph := range m.Body() {
		if i == 0 { // the subject
			continue
		}
		for _, c := range []byte(paragraph) {
			blank := c == ' ' || c == '\n' || c == '\t'
			if !blank && !inside {
				words++
			}
			inside = !blank
		}
		if inside = false; words >= longLetter {
			return true
		}
	}
	return false
}
