package rules

// welcomes are the functions that look at the lists of welcome senders which Weir's own symbols are about.
var welcomes = map[string]string{
	"check_for_spf_welcomelist_from": Welcome, "check_for_dkim_welcomelist_from": Welcome,
	"check_for_spf_whitelist_from": Welcome, "check_for_dkim_whitelist_from": Welcome,
	"check_for_def_spf_welcomelist_from": WelcomeDefault, "check_for_def_dkim_welcomelist_from": WelcomeDefault,
	"check_for_def_spf_whitelist_from": WelcomeDefault, "check_for_def_dkim_whitelist_from": WelcomeDefault,
}

// doubled takes the default score off Weir's own symbols where a rule that scores looks at the same list: a sender must not
// be welcome twice. The symbol stays for metas, and a score of the files counts.
func (f *filler) doubled() {
	off := f.off()
	for _, r := range f.inOrder() {
		name := welcomes[r.call.Name]
		if name == "" || r.NotRun != "" || r.Sub() || off[r.Name] {
			continue
		}
		if e := f.table.Entry(name); e != nil && e.Score != 0 {
			f.table.Set(name, 0, r.File, r.Line)
		}
	}
}
