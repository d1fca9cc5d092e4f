package plugin

import "strings"

// conf is the module that features of the language itself are asked of.
const conf = "Mail::SpamAssassin::Conf"

// features are what can() and has() may ask for, by module. Each was looked up in SpamAssassin 4.0.1: rules files that are
// written for several versions go by them.
var features = map[string]map[string]bool{
	conf: names(`perl_min_version_5010000 has_tflags_nosubject has_tflags_nolog feature_originating_ip_headers
		feature_dns_local_ports_permit_avoid feature_bayes_auto_learn_on_error feature_uri_host_listed feature_yesno_takes_args
		feature_bug6558_free feature_edns feature_dns_query_restriction feature_registryboundaries feature_geodb
		feature_dns_block_rule feature_compile_regexp feature_meta_rules_matching feature_subjprefix feature_bayes_stopwords
		feature_get_host feature_blocklist_welcomelist feature_welcomelist_blocklist feature_header_address_parser
		feature_local_tests_only feature_header_first_last feature_header_match_many feature_capture_rules`),
	Weir:                       names("test action shadow must_authenticate"),
	Prefix + "ASN":             names("has_asn_lookup_ipv6 has_asn_geodb has_check_asn has_check_asn_tag"),
	Prefix + "AskDNS":          names("has_tag_header"),
	Prefix + "BodyEval":        names("has_check_body_length has_plaintext_body_sig_ratio"),
	Prefix + "DKIM":            names("has_arc"),
	Prefix + "DNSEval":         names("has_tflags_domains_only has_tflags_ips_only"),
	Prefix + "DecodeShortURLs": names("has_short_url has_autoclean has_short_url_code has_user_agent has_get has_clear has_timeout has_max_redirections has_short_url_redir"),
	Prefix + "HashBL": names(`has_hashbl_bodyre has_hashbl_bodyre_num has_hashbl_emails has_hashbl_uris has_hashbl_ignore has_hashbl_email_regex
		has_hashbl_email_welcomelist has_hashbl_email_whitelist has_hashbl_tag has_hashbl_sha256 has_hashbl_attachments has_hashbl_email_domain
		has_hashbl_email_domain_alias`),
	Prefix + "MIMEEval":   names("has_check_for_ascii_text_illegal has_check_abundant_unicode_ratio has_check_qp_ratio"),
	Prefix + "MIMEHeader": names("has_all_header has_tflags_range has_tflags_concat has_tflags_multiple has_capture_rules"),
	Prefix + "OLEVBMacro": names("has_olemacro_redirect_uri has_olemacro_mhtml_uri has_olertfobject"),
	Prefix + "Pyzor":      names("has_fork has_perl"),
	Prefix + "Razor2":     names("has_fork"),
	Prefix + "SPF":        names("has_check_for_spf_errors has_check_spf_skipped_noenvfrom"),
	Prefix + "URIDNSBL":   names("has_tflags_domains_only has_subtest_for_ranges has_uridnsbl_for_a has_uridnsbl_a_ns has_tflags_notrim has_uridnsbl_skip_mailto"),
	Prefix + "URIDetail":  names("has_host_key"),
}

func names(list string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		set[name] = true
	}
	return set
}

// Can tells whether a module that is on has a feature, written Some::Module::feature.
func (p *Plugins) Can(feature string) bool {
	i := strings.LastIndex(feature, "::")
	if i < 0 {
		return false
	}
	module, name := feature[:i], feature[i+2:]
	if flag, ok := strings.CutPrefix(name, "compat_"); ok && module == conf {
		return p.compat[flag]
	}
	if module != conf && module != Weir {
		module = Prefix + short(module)
	}
	return features[module][name] && (module == conf || p.On(module))
}

// Compat sets a flag of enable_compat: can(Mail::SpamAssassin::Conf::compat_…) holds from now on.
func (p *Plugins) Compat(flag string) { p.compat[flag] = true }
