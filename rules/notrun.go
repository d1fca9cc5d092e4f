package rules

// notRun are the directives that SpamAssassin knows and Weir does not run, with the reason. A line is looked up here after
// everything that keeps settings was asked.
var notRun = []struct {
	keys      map[string]bool
	prefixes  []string
	why, hint string
}{
	{words("required_score required_hits"), nil, "thresholds are set elsewhere", "see [policies] in weir.toml"},
	{words(`add_header remove_header clear_headers rewrite_header subjprefix report_safe report report_contact report_hostname report_charset
		clear_report_template unsafe_report clear_unsafe_report_template report_template unsafe_report_template report_safe_copy_headers
		fold_headers report_wrap_width version_tag`), nil, "what is added to a mail is set elsewhere", "see [headers] and [policies] in weir.toml"},
	{words("shortcircuit"), []string{"shortcircuit_"}, "all rules are run, and one of them can decide", "use `action` for a rule that decides"},
	{words("use_bayes use_bayes_rules use_learner learn_with_whitelist learn_with_welcomelist"), []string{"bayes_", "txrep_"}, "filters are set elsewhere", "see [filters] in weir.toml"},
	{words("use_auto_whitelist use_auto_welcomelist use_txrep"), []string{"auto_whitelist_", "auto_welcomelist_", "user_awl_"}, "who wrote before is the business of the filters known and reputation", "see [filters] in weir.toml"},
	{words("use_razor2 use_pyzor use_dcc use_dcc_rep dccproc_path dccproc_options dccifd_options"), []string{"razor_", "pyzor_", "dcc_"}, "other services are not asked", "the filter fuzzy knows copies of spam"},
	{words("lock_method time_limit allow_user_rules mbox_format_from_regex normalize_charset body_part_scan_size rawbody_part_scan_size ignore_always_matching_regexps"),
		nil, "bounds and workings are Weir's own", "see [message] in weir.toml"},
	{words("dns_available dns_server clear_dns_servers dns_test_interval dns_options"), []string{"dns_local_ports_"},
		"the DNS is asked as weir.toml says", "see [resolver] in weir.toml"},
	{words("geodb_module geodb_options geodb_search_path country_db_type country_db_path uri_country_db_path uri_country_db_isp_path"), []string{"asn_", "uri_block_"},
		"countries and networks are not looked up", ""},
	{words("clear_asn_lookups"), nil, "countries and networks are not looked up", ""},
	{words("adsp_override dkim_minimum_key_bits dkim_timeout spf_timeout do_not_use_mail_spf do_not_use_mail_spf_query ignore_received_spf_header use_newest_received_spf_header dmarc_save_reports"),
		nil, "the filters spf, dkim and dmarc check, as their own settings say", "see [filters] in weir.toml"},
	{nil, []string{"user_scores_", "resource_limit_", "spamcop_", "antivirus_", "extracttext_"}, "this is SpamAssassin's own business", ""},
	{nil, []string{"whitelist_", "welcomelist_", "unwhitelist_", "unwelcomelist_", "def_", "blacklist_", "blocklist_", "unblacklist_", "unblocklist_"},
		"no rule function of Weir's looks at such a list", "write a header rule"},
	{words("ok_languages inactive_languages"), []string{"textcat_"}, "languages are not guessed", "rules about character sets and phrases say more: ok_locales"},
	{nil, []string{"authres_"}, "results that others wrote into a mail are not believed", "the filters spf, dkim and dmarc check by themselves"},
	{nil, []string{"olemacro_"}, "what is in Office files is the business of the filter attachments", "see [filters.attachments] in weir.toml"},
	{nil, []string{"hashbl_", "phishing_"}, "lists of hashes and feeds of links are not asked by rules", "the filter urlbl asks lists about links, addresses and files"},
	{nil, []string{"delist_", "enlist_", "freemail_", "fns_", "url_shortener"}, "no rule function of Weir's looks at this", "is it a typing error?"},
}
