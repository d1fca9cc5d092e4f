package greylist

// builtIn are providers that try again from other addresses than at first, by the domains of their host names.
const builtIn = `
	amazonses.com google.com googlemail.com hotmail.com icloud.com mail.ru mailchimp.com mailgun.net mandrillapp.com mcsv.net
	messagelabs.com mimecast.com mtasv.net outlook.com pphosted.com protonmail.ch protection.outlook.com sendgrid.net
	sparkpostmail.com web.de gmx.net yahoo.com yahoodns.net yandex.net zoho.com fastmail.com messagingengine.com apple.com
	facebook.com linkedin.com github.com salesforce.com exacttarget.com t-online.de kundenserver.de ovh.net gandi.net
`
