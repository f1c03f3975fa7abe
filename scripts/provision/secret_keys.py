"""Where secrets lie in the artifacts bucket: the objects' keys, no secret itself."""

# read by operators only
HOSTS = "secrets/operator/hosts.json"
APT_SIGNING_KEY = "secrets/operator/apt-signing-key.asc"
# read by one function each
WAREHOUSE_LOADER = "secrets/warehouse-loader.json"
OLTP_READER = "secrets/oltp-reader.json"
SHOP = "secrets/shop.json"

KEPT_BY_OPERATORS = (HOSTS, APT_SIGNING_KEY, WAREHOUSE_LOADER, OLTP_READER, SHOP)
