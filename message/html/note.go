package html

import "strings"

// note takes down what an element is apart from its text, and gives the number of the link that it begins, 0 for none.
func (r *renderer) note(t tag, l *look) int32 {
	switch t {
	case anchor, area:
		return r.noteLink(t, l)
	case img:
		src, _ := r.value("src")
		alt, _ := r.value("alt")
		r.addImage(Image{Src: src, Alt: alt, Width: r.pixels("width"), Height: r.pixels("height")})
	case input, button:
		r.noteInput(t, l)
	case form:
		r.noteForm()
	case script:
		r.doc.Scripts++
		r.load("src")
	case meta:
		r.noteMeta()
	case base:
		if href, ok := r.value("href"); ok && r.doc.Base == "" {
			r.doc.Base = href
		}
	case linkTag:
		r.load("href")
	case object:
		r.load("data")
	case iframe, frame, embed, audio, video, source, track:
		r.load("src")
	}
	return 0
}

func (r *renderer) noteLink(t tag, l *look) int32 {
	href, ok := r.value("href")
	if !ok {
		return 0
	}
	n := r.addLink(href, l.gone != 0 || l.unseen)
	if t == area {
		return 0
	}
	if n != 0 {
		r.marks[n-1] = spanned{r.text.mark(), -1}
	}
	return n
}

// addLink adds a link without text and gives its number; 0 if there are too many.
func (r *renderer) addLink(href string, hidden bool) int32 {
	if len(r.doc.Links) >= maxLinks {
		r.doc.Truncated = true
		return 0
	}
	r.doc.Links = append(r.doc.Links, Link{Href: strings.TrimSpace(href), Hidden: hidden})
	r.marks = append(r.marks, spanned{0, 0})
	return int32(len(r.doc.Links))
}

func (r *renderer) addImage(i Image) {
	if len(r.doc.Images) >= maxImages {
		r.doc.Truncated = true
		return
	}
	r.doc.Images = append(r.doc.Images, i)
}

// load notes a thing that is loaded from elsewhere.
func (r *renderer) load(name string) {
	src, ok := r.value(name)
	if !ok || src == "" {
		return
	}
	if len(r.doc.Loads) >= maxLoads {
		r.doc.Truncated = true
		return
	}
	r.doc.Loads = append(r.doc.Loads, src)
}

func (r *renderer) noteForm() {
	if len(r.doc.Forms) >= maxForms {
		r.doc.Truncated = true
		return
	}
	action, _ := r.value("action")
	method, ok := r.value("method")
	if !ok {
		method = "get"
	}
	r.doc.Forms = append(r.doc.Forms, Form{Action: strings.TrimSpace(action), Method: strings.ToLower(method)})
}

// noteInput takes down passwords, image buttons, buttons that send the form elsewhere, and the text on buttons.
func (r *renderer) noteInput(t tag, l *look) {
	kind, _ := r.value("type")
	if action, ok := r.value("formaction"); ok && len(r.doc.Forms) < maxForms {
		r.doc.Forms = append(r.doc.Forms, Form{Action: action, Method: "post"})
	}
	switch {
	case t == button:
	case equalFold(kind, "password"):
		if len(r.doc.Forms) == 0 {
			r.doc.Forms = append(r.doc.Forms, Form{Method: "get"})
		}
		r.doc.Forms[len(r.doc.Forms)-1].Password = true
	case equalFold(kind, "image"):
		src, _ := r.value("src")
		r.addImage(Image{Src: src, Width: r.pixels("width"), Height: r.pixels("height")})
	case equalFold(kind, "submit"), equalFold(kind, "button"), equalFold(kind, "reset"):
		if text, ok := r.value("value"); ok && l.hidden() == 0 {
			r.text.space()
			r.budget -= r.text.write(text, false, false)
			r.text.space()
		}
	}
}

// noteMeta takes down where <meta http-equiv=refresh content="0; url=…"> leads.
func (r *renderer) noteMeta() {
	equiv, _ := r.value("http-equiv")
	if !equalFold(strings.TrimSpace(equiv), "refresh") {
		return
	}
	content, _ := r.value("content")
	at := strings.IndexAny(content, ";,")
	if at < 0 {
		return
	}
	target := strings.TrimSpace(content[at+1:])
	if len(target) > 3 && equalFold(target[:3], "url") {
		if rest := strings.TrimSpace(target[3:]); strings.HasPrefix(rest, "=") {
			target = strings.TrimSpace(rest[1:])
		}
	}
	r.doc.MetaGoto = strings.Trim(target, `"'`)
}
