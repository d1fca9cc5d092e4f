package urlbl

// known are registered domains that so much honest mail links to that asking about them is a waste, and that no list
// has for long: programs' namespaces, the large sites, their image servers. Places where anybody can put a page are
// among them only where lists have no word for single pages. Below a public suffix (googleapis.com) each name counts for
// itself. skip adds to them.
const known = `
w3.org schema.org xmlsoap.org openxmlformats.org purl.org ietf.org iana.org mozilla.org apache.org
google.com gmail.com googlemail.com fonts.googleapis.com ajax.googleapis.com maps.googleapis.com gstatic.com
googleusercontent.com googletagmanager.com google-analytics.com
doubleclick.net youtube.com youtu.be ytimg.com ggpht.com android.com
microsoft.com office.com office365.com outlook.com live.com hotmail.com msn.com bing.com microsoftonline.com skype.com
apple.com icloud.com me.com mzstatic.com
facebook.com fb.com fbcdn.net instagram.com whatsapp.com twitter.com x.com twimg.com linkedin.com licdn.com pinterest.com
pinimg.com reddit.com tiktok.com vimeo.com flickr.com spotify.com
amazon.com amazon.de amazon.co.uk amazon.fr ssl-images-amazon.com media-amazon.com ebay.com ebay.de ebaystatic.com paypal.com
paypalobjects.com yahoo.com yimg.com aol.com wikipedia.org wikimedia.org
github.com avatars.githubusercontent.com camo.githubusercontent.com gitlab.com stackoverflow.com debian.org ubuntu.com redhat.com python.org golang.org
adobe.com cloudflare.com jquery.com bootstrapcdn.com fontawesome.com gravatar.com
gmx.de gmx.net web.de t-online.de freenet.de mail.ru yandex.ru orange.fr free.fr libero.it qq.com 163.com
dhl.com dhl.de ups.com fedex.com netflix.com zoom.us booking.com nytimes.com bbc.co.uk theguardian.com cnn.com
`
