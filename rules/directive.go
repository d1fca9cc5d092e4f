package rules

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// ruleKinds are the directives that define a rule.
var ruleKinds = map[string]Kind{"header": Header, "body": Body, "rawbody": RawBody, "full": Full, "uri": URI, "meta": Meta}

// laterRules are directives that define rules of kinds that are not run.
var laterRules = words(`mimeheader askdns urirhsbl urirhssub uridnsbl uridnssub urinsrhsbl urinsrhssub urifullnsrhsbl urifullnsrhssub
	uri_detail uri_block_cc uri_block_cont uri_block_isp uri_block_asn selector_body`)

// run does what a line says.
func (p *parser) run(key, value string) {
	if kind, ok := ruleKinds[key]; ok {
		p.define(kind, key, value)
		return
	}
	if laterRules[key] {
		p.defineOther(key, value, key+" rules are not run by this version")
		return
	}
	if kind, ok := senderLists[key]; ok {
		p.list(key, kind, value, false)
		return
	}
	if kind, ok := unlisted[key]; ok {
		p.list(key, kind, value, true)
		return
	}
	switch key {
	case "score":
		p.score(value)
	case "describe":
		p.describe(value)
	case "tflags":
		p.tflags(value)
	case "test":
		p.test(value)
	case "action":
		p.action(value)
	case "shadow":
		p.shadow(value)
	case "include":
		p.include(value)
	case "require_version":
		p.requireVersion(value)
	case "manual": // an entry of filters/manual, which reads the file itself
	default:
		p.refuse(key)
	}
}

// ownDirectives are those that a mistyped one may have meant.
var ownDirectives = strings.Fields("header body rawbody full meta score describe tflags test action shadow include require_version welcomelist_auth def_welcomelist_auth blocklist_auth must_authenticate")

// refuse lists a line that is not run, with the reason.
func (p *parser) refuse(key string) {
	for _, group := range notRun {
		if group.keys[key] || group.prefix != "" && strings.HasPrefix(key, group.prefix) {
			p.problem(NotRun, key+": "+group.why, group.hint)
			return
		}
	}
	if near := nearest(key, slices.Values(ownDirectives)); near != "" {
		p.problem(Error, fmt.Sprintf("unknown directive %s", key), fmt.Sprintf("did you mean %s?", near))
		return
	}
	p.problem(NotRun, fmt.Sprintf("unknown directive %s", key), "if it belongs to a plugin of SpamAssassin, Weir does not have it")
}

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// notRun are the directives that SpamAssassin knows and Weir does not run, with the reason.
var notRun = []struct {
	keys      map[string]bool
	prefix    string
	why, hint string
}{
	{words("loadplugin tryplugin"), "", "Weir loads no code", "what Weir has of the plugin is on already"},
	{words("priority shortcircuit"), "", "all rules are run, so their order changes nothing", "use `action` for a rule that decides"},
	{words("reuse"), "", "results of earlier scans are not used again", ""},
	{words(`add_header remove_header clear_headers rewrite_header report_safe report report_contact report_hostname clear_report_template
		unsafe_report clear_unsafe_report_template envelope_sender_header subjprefix report_safe_copy_headers fold_headers report_wrap_width`), "",
		"what is added to a mail is set elsewhere", "see [headers] and [policies] in weir.toml"},
	{words("required_score required_hits"), "", "thresholds are set elsewhere", "see [policies] in weir.toml"},
	{words("trusted_networks internal_networks msa_networks clear_trusted_networks clear_internal_networks clear_msa_networks"), "",
		"networks are set elsewhere", "see trusted_networks in weir.toml"},
	{words("use_bayes use_bayes_rules use_learner use_auto_whitelist use_auto_welcomelist learn_with_whitelist lock_method time_limit"), "",
		"filters are set elsewhere", "see [filters] in weir.toml"},
	{words("welcomelist_from whitelist_from blocklist_from blacklist_from"), "", "the filter manual reads such lines", "put it into its file, as weir allow and weir block do"},
	{nil, "bayes_", "filters are set elsewhere", "see [filters] in weir.toml"},
	{words("replace_tag replace_rules replace_start replace_end replace_pre replace_inter replace_post"), "", "replacement tags are not run by this version", "rules that need them are listed where they stand"},
	{nil, "whitelist_", "lists of senders are not run by this version", "write a header rule with a negative score"},
	{nil, "welcomelist_", "lists of senders are not run by this version", "write a header rule with a negative score"},
	{nil, "unwhitelist_", "lists of senders are not run by this version", ""},
	{nil, "unwelcomelist_", "lists of senders are not run by this version", ""},
	{nil, "def_", "lists of senders are not run by this version", ""},
	{nil, "blacklist_", "lists of senders are not run by this version", "write a header rule"},
	{nil, "blocklist_", "lists of senders are not run by this version", "write a header rule"},
	{nil, "unblacklist_", "lists of senders are not run by this version", ""},
	{nil, "unblocklist_", "lists of senders are not run by this version", ""},
	{nil, "delist_", "lists are not run by this version", ""},
	{nil, "enlist_", "lists are not run by this version", ""},
	{nil, "freemail_", "lists of free-mail domains are not run by this version", ""},
	{nil, "util_rb_", "registered domains come from the public suffix list", ""},
	{nil, "clear_util_rb", "registered domains come from the public suffix list", ""},
	{words("uridnsbl_skip_domain clear_uridnsbl_skip_domain redirector_pattern url_shortener clear_url_shortener dns_block_rule dns_query_restriction clear_dns_query_restriction"), "",
		"lists for lookups of links are not run by this version", ""},
}

// include reads another file of the same folder or below it, in place.
func (p *parser) include(value string) {
	name, _ := word(value)
	if p.depth >= maxIncludes {
		p.problem(Error, fmt.Sprintf("include %s: more than %d files include each other", name, maxIncludes), "is there a circle?")
		return
	}
	f, err := p.at.include(name)
	switch {
	case errors.Is(err, errOutside):
		p.problem(Error, fmt.Sprintf("include %s: refused, it lies outside of the rules folder", name), "copy the file into the folder, or load it with a path of its own")
		return
	case errors.Is(err, fs.ErrNotExist):
		p.problem(Error, fmt.Sprintf("include %s: there is no such file", name), "names are relative to the file that includes")
		return
	case err != nil:
		p.problem(Error, fmt.Sprintf("include %s: refused: %v", name, err), "only plain files of the rules folder can be included")
		return
	}
	p.depth++
	p.file(&f)
	p.depth--
}

// requireVersion leaves a file out that was written for another version, as SpamAssassin does.
func (p *parser) requireVersion(value string) {
	p.foreign = true // only SpamAssassin's own files have such a line
	if v := strings.TrimSpace(value); v != "4.000001" && v != "@@VERSION@@" {
		p.problem(NotRun, "the rest of the file: it requires version "+v+" of SpamAssassin", "this is the language of 4.000001")
		p.ended = true
	}
}
