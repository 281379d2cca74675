// Nodes: what `defaults`, kinds, groups and the nodes themselves may say.
#include "catenet/lab/shape.hpp"

namespace catenet::lab {

namespace {

constexpr std::string_view kind_words[] = {"host", "router", "switch", "namespace", "outside"};
constexpr Shape kind_shape{.kind = ShapeKind::word, .words = kind_words};

// Addresses.
constexpr std::string_view none_words[] = {"none"};
constexpr Shape none_shape{.kind = ShapeKind::word, .words = none_words};
constexpr Shape interface_address_shape{.kind = ShapeKind::interface_address};
constexpr Shape interface_address_list{.kind = ShapeKind::list, .item = &interface_address_shape};
constexpr const Shape* interface_address_choices[] = {&interface_address_shape, &none_shape,
                                                      &interface_address_list};

}  // namespace

constinit const Shape interface_addresses_shape{.kind = ShapeKind::choice,
                                                .choices = interface_address_choices};
constinit const Shape interface_mtu_shape{.kind = ShapeKind::count, .min = 68, .max = 65'535};

namespace {

constexpr Field interface_fields[] = {
    {"address", &interface_addresses_shape,
     "Address or addresses, with a prefix length unless the segment's is meant. Families that are "
     "not named are filled "
     "in; `none` fills in nothing."},
    {"mac", &mac_shape,
     "Hardware address. Made from the names of node and interface unless given."},
    {"mtu", &interface_mtu_shape, "Bytes a frame may carry, 68 to 65535. 1500 unless given."},
};
constexpr Shape interface_shape{.kind = ShapeKind::object,
                                .fields = interface_fields,
                                .may_be_null = true,
                                .name = "an interface"};
constexpr Shape interfaces_shape{
    .kind = ShapeKind::map, .item = &interface_shape, .key = &interface_name_shape};

constexpr const Shape* device_addresses_choices[] = {&interface_address_shape,
                                                     &interface_address_list};
constexpr Shape device_addresses_shape{.kind = ShapeKind::choice,
                                       .choices = device_addresses_choices};

constexpr const Shape* addresses_choices[] = {&interface_address_shape, &interface_address_list};
constexpr Shape addresses_shape{.kind = ShapeKind::choice, .choices = addresses_choices};

// Routes.
constexpr std::string_view default_words[] = {"default"};
constexpr Shape default_shape{.kind = ShapeKind::word, .words = default_words};
constexpr const Shape* route_to_choices[] = {&prefix_shape, &default_shape};
constexpr Shape route_to_shape{.kind = ShapeKind::choice, .choices = route_to_choices};
constexpr std::string_view route_type_words[] = {"unicast", "unreachable", "prohibit", "blackhole"};
constexpr Shape route_type_shape{.kind = ShapeKind::word, .words = route_type_words};
constexpr Shape metric_shape{.kind = ShapeKind::count, .max = 4'294'967'294};
constexpr Field route_fields[] = {
    {"to", &route_to_shape, "Where to: a prefix, or `default` for everything.", true},
    {"type", &route_type_shape,
     "unicast (unless given); or what is refused: unreachable (ICMP host unreachable), prohibit "
     "(administratively prohibited), blackhole (in silence)."},
    {"via", &address_shape, "The next hop, on one of the node's own segments."},
    {"interface", &interface_name_shape,
     "The interface to leave by. Found from `via` unless given."},
    {"metric", &metric_shape, "The lowest of equal routes is taken. 0 unless given."},
};
constexpr Shape route_shape{.kind = ShapeKind::object, .fields = route_fields, .name = "a route"};
constexpr Shape routes_shape{.kind = ShapeKind::list, .item = &route_shape};
constexpr Shape gateway_list{.kind = ShapeKind::list, .min = 1, .max = 2, .item = &address_shape};
constexpr const Shape* gateway_choices[] = {&address_shape, &gateway_list};
constexpr Shape gateway_shape{.kind = ShapeKind::choice, .choices = gateway_choices};

constexpr Field advertise_fields[] = {
    {"prefixes", &prefixes_shape, "Prefixes to advertise. Those of each interface unless given."},
    {"interval", &duration_shape, "Between two unasked advertisements, 4 s to 1800 s."},
    {"lifetime", &duration_shape, "How long hosts may use this router, 0 s to 9000 s."},
};
constexpr Shape advertise_object{
    .kind = ShapeKind::object, .fields = advertise_fields, .name = "a router's advertisement"};
constexpr const Shape* advertise_choices[] = {&boolean_shape, &advertise_object};
constexpr Shape advertise_shape{.kind = ShapeKind::choice, .choices = advertise_choices};

// Names.
constexpr Shape host_name_shape{.kind = ShapeKind::host_name};
constexpr Shape address_list{.kind = ShapeKind::list, .min = 1, .item = &address_shape};
constexpr const Shape* one_or_more_addresses[] = {&address_shape, &address_list};
constexpr Shape host_addresses_shape{.kind = ShapeKind::choice, .choices = one_or_more_addresses};
constexpr Shape hosts_shape{
    .kind = ShapeKind::map, .item = &host_addresses_shape, .key = &host_name_shape};

// Files.
constexpr Shape file_size_shape{.kind = ShapeKind::size, .max = 1ull << 32};
constexpr Field seeded_fields[] = {
    {"size", &file_size_shape, "So many bytes drawn from the lab's seed and the file's path.",
     true},
};
constexpr Shape seeded_shape{.kind = ShapeKind::object, .fields = seeded_fields, .name = "a file"};
constexpr const Shape* file_choices[] = {&text_shape, &seeded_shape};
constexpr Shape file_shape{.kind = ShapeKind::choice, .choices = file_choices};
// A node's own files are written to, and so lie in memory.
constexpr Shape kept_size_shape{.kind = ShapeKind::size, .max = 64u << 20};
constexpr Field kept_fields[] = {
    {"size", &kept_size_shape, "So many bytes drawn from the lab's seed and the file's path.",
     true},
};
constexpr Shape kept_shape{
    .kind = ShapeKind::object, .fields = kept_fields, .name = "a node's file"};
constexpr const Shape* node_file_choices[] = {&text_shape, &kept_shape};
constexpr Shape node_file_shape{.kind = ShapeKind::choice, .choices = node_file_choices};
constexpr Shape node_files_shape{
    .kind = ShapeKind::map, .item = &node_file_shape, .key = &text_shape};

}  // namespace

constinit const Shape inline_files_shape{
    .kind = ShapeKind::map, .item = &file_shape, .key = &text_shape};

namespace {

// Services.
constexpr Shape port_shape{.kind = ShapeKind::count, .min = 1, .max = 65'535};
constexpr Field http_host_fields[] = {
    {"root", &text_shape, "A folder to serve, beside the lab file."},
    {"files", &inline_files_shape, "Pages by path; they come before `root`'s."},
};
constexpr Shape http_host_object{
    .kind = ShapeKind::object, .fields = http_host_fields, .name = "a web server's host"};
constexpr const Shape* http_host_choices[] = {&text_shape, &http_host_object};
constexpr Shape http_host_shape{.kind = ShapeKind::choice, .choices = http_host_choices};
constexpr Shape http_hosts_shape{
    .kind = ShapeKind::map, .item = &http_host_shape, .key = &host_name_shape};
constexpr Field http_fields[] = {
    {"root", &text_shape,
     "A folder to serve, beside the lab file. The node's own files unless given."},
    {"files", &inline_files_shape,
     "Pages by path, as text or as {size: 1 MB} of seeded bytes; they come before `root`'s."},
    {"hosts", &http_hosts_shape,
     "Sites of their own for requests to hosts of these names: a folder, or {root, files}."},
    {"port", &port_shape, "80 unless given."},
};
constexpr Shape http_shape{.kind = ShapeKind::object,
                           .fields = http_fields,
                           .may_be_null = true,
                           .name = "the http service"};
constexpr Field echo_fields[] = {{"port", &port_shape, "TCP and UDP; 7 unless given."}};
constexpr Shape echo_shape{.kind = ShapeKind::object,
                           .fields = echo_fields,
                           .may_be_null = true,
                           .name = "the echo service"};
constexpr Field iperf3_fields[] = {{"port", &port_shape, "TCP and UDP; 5201 unless given."}};
constexpr Shape iperf3_shape{.kind = ShapeKind::object,
                             .fields = iperf3_fields,
                             .may_be_null = true,
                             .name = "the iperf3 service"};
constexpr Field service_fields[] = {
    {"http", &http_shape, "Serves pages (RFC 9110, 9112)."},
    {"echo", &echo_shape, "Sends back what it gets (RFC 862)."},
    {"iperf3", &iperf3_shape, "Measures with iperf3's clients, one test at a time."},
};
constexpr std::string_view service_words[] = {"http", "echo", "iperf3"};
constexpr Shape service_word{.kind = ShapeKind::word, .words = service_words};
constexpr Shape service_object{.kind = ShapeKind::object,
                               .fields = service_fields,
                               .exactly_one = true,
                               .name = "the services"};
constexpr const Shape* service_choices[] = {&service_word, &service_object};
constexpr Shape service_shape{.kind = ShapeKind::choice, .choices = service_choices};
constexpr Shape services_shape{.kind = ShapeKind::list, .item = &service_shape};

// The stack's own settings.
constexpr std::string_view congestion_words[] = {"cubic", "newreno", "bbr", "dctcp"};
constexpr Shape congestion_shape{.kind = ShapeKind::word, .words = congestion_words};
constexpr std::string_view loss_detection_words[] = {"rack", "sack"};
constexpr Shape loss_detection_shape{.kind = ShapeKind::word, .words = loss_detection_words};
constexpr std::string_view mtu_probing_words[] = {"off", "black_hole", "on"};
constexpr Shape mtu_probing_shape{.kind = ShapeKind::word, .words = mtu_probing_words};
constexpr std::string_view ecn_words[] = {"off", "on", "passive"};
constexpr Shape ecn_shape{.kind = ShapeKind::word, .words = ecn_words};
constexpr std::string_view fast_open_words[] = {"off", "client", "server", "both"};
constexpr Shape fast_open_shape{.kind = ShapeKind::word, .words = fast_open_words};
constexpr Shape buffer_shape{.kind = ShapeKind::size, .min = 2'048, .max = 1u << 30};
constexpr Field tcp_fields[] = {
    {"congestion", &congestion_shape,
     "Congestion control: cubic (RFC 9438, unless given), newreno (RFC 5681, 6582), bbr (version "
     "3) or dctcp (RFC 8257)."},
    {"pacing", &boolean_shape, "A window is spread over its round trip (off; bbr always paces)."},
    {"window_validation", &boolean_shape,
     "A congestion window that is not used is kept for a while, and paced (RFC 7661; off: it "
     "restarts when idle, RFC 5681; not with bbr)."},
    {"unreachable_ends_opening", &boolean_shape,
     "An ICMP error that says that a host or network cannot be reached ends the opening of a "
     "connection at once, as in Linux (off, RFC 1122; on with programs: real)."},
    {"loss_detection", &loss_detection_shape,
     "What is lost is found by time (rack: RFC 8985, unless given) or by counting (sack: RFC "
     "6675)."},
    {"mtu_probing", &mtu_probing_shape,
     "Whether larger packets are tried where ICMP tells nothing (RFC 4821): off, on, or black_hole "
     "(once segments go unanswered, unless given)."},
    {"ecn", &ecn_shape,
     "Explicit congestion notification (RFC 3168): on, off, or passive (agreed to, unless given)."},
    {"fast_open", &fast_open_shape,
     "Text in the SYN (RFC 7413) where a program asks: off, client (unless given), server or "
     "both."},
    {"sack", &boolean_shape, "Selective acknowledgements (RFC 2018)."},
    {"timestamps", &boolean_shape, "The timestamps option (RFC 7323)."},
    {"window_scaling", &boolean_shape, "The window scale option (RFC 7323)."},
    {"send_buffer", &buffer_shape,
     "The most bytes a connection keeps until they are acknowledged."},
    {"receive_buffer", &buffer_shape,
     "Bytes a connection keeps until they are read: its widest window."},
    {"delayed_ack", &duration_shape,
     "Longest wait before an acknowledgement, at most 500 ms (RFC 9293, 3.8.6.3)."},
    {"min_rto", &duration_shape, "Shortest retransmission timeout (RFC 6298)."},
};
constexpr Shape tcp_shape{.kind = ShapeKind::object,
                          .fields = tcp_fields,
                          .may_be_null = true,
                          .name = "the TCP options"};
constexpr Shape ttl_shape{.kind = ShapeKind::count, .min = 1, .max = 255};
constexpr Shape any_port_shape{.kind = ShapeKind::count, .min = 1, .max = 65'535};
constexpr Shape port_range_shape{
    .kind = ShapeKind::list, .min = 2, .max = 2, .item = &any_port_shape};
constexpr Field ip_fields[] = {
    {"ttl", &ttl_shape, "TTL and hop limit of what the node sends. 64 unless given."},
    {"ports", &port_range_shape,
     "First and last port given to sockets that ask for any. [49152, 65535] unless given (RFC "
     "6335)."},
    {"strong_host", &boolean_shape,
     "Packets come and go by the interface that has their address (RFC 1122, 3.3.4.2)."},
    {"path_mtu_discovery", &boolean_shape, "Path MTU discovery for IPv4 (RFC 1191). On."},
    {"redirects", &boolean_shape, "Hosts follow ICMP redirects, routers send them. On."},
    {"broadcast_echo", &boolean_shape, "Pings to all are answered (RFC 1122, 3.2.2.6). Off."},
    {"directed_broadcast", &boolean_shape,
     "A router forwards broadcasts to its own subnets (RFC 2644). Off."},
    {"address_mask", &boolean_shape, "ICMP address mask requests are answered. Off."},
    {"proxy_arp", &boolean_shape, "A router answers ARP for what it routes elsewhere. Off."},
    {"router_discovery", &boolean_shape,
     "A router advertises itself by ICMP, a host finds its IPv4 default route so (RFC 1256). "
     "Off."},
};
constexpr Shape ip_shape{
    .kind = ShapeKind::object, .fields = ip_fields, .may_be_null = true, .name = "the IP options"};
constexpr Field option_fields[] = {
    {"tcp", &tcp_shape, "How the node's TCP behaves."},
    {"ip", &ip_shape, "How the node's IP behaves."},
};
constexpr Shape options_shape{
    .kind = ShapeKind::object, .fields = option_fields, .may_be_null = true, .name = "the options"};

// The wire of an interface of this machine.
constexpr Field device_fields[] = {
    {"tap", &interface_name_shape,
     "A TAP of this machine: made for the run, unless a persistent one has the name."},
    {"interface", &interface_name_shape,
     "An interface that is there already: the lab sees what it receives and sends through it."},
    {"address", &device_addresses_shape,
     "Addresses with prefix length for the machine's end of a TAP."},
};
constexpr Shape device_shape{
    .kind = ShapeKind::object, .fields = device_fields, .name = "a device"};

constexpr std::string_view boot_words[] = {"warm", "cold"};
constexpr Shape boot_shape{.kind = ShapeKind::word, .words = boot_words};

constexpr std::string_view programs_words[] = {"own", "real"};
constexpr Shape programs_shape{.kind = ShapeKind::word, .words = programs_words};

constexpr Field node_fields[] = {
    {"kind", &kind_shape,
     "host (unless given), router (a host that forwards), switch, namespace (a real network "
     "namespace for programs on the kernel's stack), or outside (an interface of this machine)."},
    {"group", &text_shape, "Take the settings of this group."},
    {"interfaces", &interfaces_shape,
     "Interfaces by name. Links make the others: eth0, eth1 and so on."},
    {"addresses", &addresses_shape,
     "Short for the address of the node's interfaces: each goes to the one it fits."},
    {"gateway", &gateway_shape,
     "Default route, one a family. The first router on the segment unless given."},
    {"routes", &routes_shape, "Routes beside those filled in; one of the same prefix replaces it."},
    {"forwarding", &boolean_shape,
     "Whether the node forwards. A router does unless told otherwise."},
    {"programs", &programs_shape,
     "What the host runs: `own`, Catenet's tools, unless given; `real`, programs of this machine, "
     "by a shell, on the host's stack."},
    {"boot", &boot_shape,
     "`cold` wakes before 0 s, with duplicate address detection. warm unless given."},
    {"slaac", &boolean_shape,
     "Form IPv6 addresses from router advertisements (RFC 4862) instead of having them filled in."},
    {"ageing", &duration_shape,
     "How long a switch knows where a station is that it does not hear. 300 s unless given."},
    {"advertise", &advertise_shape, "Send router advertisements (RFC 4861)."},
    {"device", &device_shape, "What a node of kind outside stands for."},
    {"hosts", &hosts_shape, "Names this node knows beside those of all nodes."},
    {"services", &services_shape, "Servers that run on the node."},
    {"files", &node_files_shape,
     "Files on the node by path. Tools write there, and its web server serves them. In a "
     "namespace they stand in the place of the machine's, or lie in a private folder."},
    {"private", &texts_shape,
     "Of a namespace: folders whose contents are the node's own, beside /tmp, /var/tmp, /run, "
     "/var/log and /dev/shm. They begin with the machine's folders and none of its files."},
    {"options", &options_shape, "How the node's stack behaves."},
};
constexpr Shape group_name_shape{.kind = ShapeKind::text};

}  // namespace

constinit const Shape node_settings_shape{
    .kind = ShapeKind::object, .fields = node_fields, .may_be_null = true, .name = "a node"};
constinit const Shape nodes_shape{
    .kind = ShapeKind::map, .item = &node_settings_shape, .key = &node_name_shape};
constinit const Shape kinds_shape{
    .kind = ShapeKind::map, .item = &node_settings_shape, .key = &kind_shape};
constinit const Shape groups_shape{
    .kind = ShapeKind::map, .item = &node_settings_shape, .key = &group_name_shape};

}  // namespace catenet::lab
