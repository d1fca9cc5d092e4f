package domain

import "strings"

// stateNames are the postal codes below .us, where localities register by RFC 1480.
type stateNames string

// states lists them with a blank on each side.
const states stateNames = " ak al ar az ca co ct dc de fl ga gu hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok or pa pr ri sc sd tn tx ut va vi vt wa wi wv wy "

func (s stateNames) has(label string) bool {
	return len(label) == 2 && strings.Contains(string(s), " "+label+" ")
}

// third tells whether a name of three labels is a locality's: springfield.il.us.
func (s stateNames) third(name string) bool {
	_, rest, _ := strings.Cut(name, ".")
	state, country, _ := strings.Cut(rest, ".")
	return country == "us" && s.has(state)
}

// fourth tells whether a name of four labels is one below which schools or offices of a city register: pvt.k12.il.us,
// ci.springfield.il.us.
func (s stateNames) fourth(name string) bool {
	labels := strings.SplitN(name, ".", 4)
	if len(labels) != 4 || labels[3] != "us" || !s.has(labels[2]) {
		return false
	}
	return labels[0] == "ci" || labels[0] == "co" || labels[0] == "pvt" && labels[1] == "k12"
}
