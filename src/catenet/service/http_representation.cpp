// How a file becomes an answer: validators, preconditions, ranges.
#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/base/hash.hpp"
#include "catenet/service/http_date.hpp"
#include "catenet/service/http_site.hpp"

namespace catenet::http {
namespace {

struct MediaType {
  std::string_view ending;
  std::string_view type;
};
constexpr std::array<MediaType, 26> media_types = {{
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"htm", "text/html; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"ico", "image/vnd.microsoft.icon"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"md", "text/markdown; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"pcapng", "application/x-pcapng"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"txt", "text/plain; charset=utf-8"},
    {"wasm", "application/wasm"},
    {"webp", "image/webp"},
    {"woff2", "font/woff2"},
    {"xml", "application/xml"},
    {"zip", "application/zip"},
}};

// RFC 9110 section 8.8.3.2: the weak comparison does not mind W/.
bool list_has_tag(std::string_view list, std::string_view etag, bool weak) {
  for (std::string_view tag : list_members(list)) {
    if (tag == "*") return true;
    if (weak && tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

std::optional<i64> date_field(const RequestHead& request, std::string_view name, i64 now_s) {
  const std::string* text = request.fields.find(name);
  if (!text || request.fields.count(name) > 1) return std::nullopt;
  return parse_date(*text, now_s);
}

// RFC 9110 section 13.1.5: whether the range is still of what the client has.
bool if_range_holds(const RequestHead& request, const Representation& page, i64 now_s) {
  const std::string* text = request.fields.find("If-Range");
  if (!text) return true;
  if (text->starts_with('"') || text->starts_with("W/")) return *text == page.etag;
  const auto date = parse_date(*text, now_s);
  return date && *date == page.status.modified_s;
}

std::string content_range(const ByteRange& range, u64 size) {
  return fmt::format("bytes {}-{}/{}", range.first, range.last, size);
}

void answer_several(Answer& answer, const std::vector<ByteRange>& ranges,
                    const Representation& page) {
  const u64 mark = mix64(page.status.size ^ mix64(static_cast<u64>(page.status.modified_s)));
  const std::string boundary = fmt::format("catenet-{:016x}", mark);
  u64 length = 0;
  for (const ByteRange& range : ranges) {
    BodyPart part{fmt::format("{}--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
                              answer.parts.empty() ? "" : "\r\n", boundary, media_type(page.file),
                              content_range(range, page.status.size)),
                  range};
    length += part.before.size() + range.size();
    answer.parts.push_back(std::move(part));
  }
  answer.text = fmt::format("\r\n--{}--\r\n", boundary);
  answer.head.fields.set("Content-Type", "multipart/byteranges; boundary=" + boundary);
  answer.head.fields.set("Content-Length", std::to_string(length + answer.text.size()));
}

}  // namespace

std::string_view media_type(std::string_view file) {
  const std::size_t dot = file.rfind('.');
  const std::string ending = dot == std::string_view::npos ? "" : lower_case(file.substr(dot + 1));
  for (const MediaType& media : media_types) {
    if (media.ending == ending) return media.type;
  }
  return "application/octet-stream";
}

Representation represent(std::string file, const Files::Status& status) {
  std::string etag = status.version != 0
                         ? fmt::format("\"{:016x}\"", status.version)
                         : fmt::format("\"{:x}-{:x}\"", status.modified_s, status.size);
  return {std::move(file), status, std::move(etag)};
}

std::optional<u16> failed_precondition(const RequestHead& request, const Representation& page,
                                       i64 now_s) {
  if (const auto tags = request.fields.joined("If-Match")) {
    if (!list_has_tag(*tags, page.etag, false)) return 412;
  } else if (const auto date = date_field(request, "If-Unmodified-Since", now_s)) {
    if (page.status.modified_s > *date) return 412;
  }
  if (const auto tags = request.fields.joined("If-None-Match")) {
    if (list_has_tag(*tags, page.etag, true)) return 304;
  } else if (const auto date = date_field(request, "If-Modified-Since", now_s)) {
    if (page.status.modified_s <= *date) return 304;
  }
  return std::nullopt;
}

Answer file_answer(const RequestHead& request, const Representation& page, i64 now_s) {
  Answer answer;
  answer.file = page.file;
  Fields& fields = answer.head.fields;
  fields.add("Accept-Ranges", "bytes");
  fields.add("ETag", page.etag);
  fields.add("Last-Modified", format_date(page.status.modified_s));
  fields.add("Content-Type", std::string(media_type(page.file)));
  const std::string* field = request.fields.find("Range");
  std::optional<std::vector<ByteRange>> ranges;
  if (field && request.method == "GET" && if_range_holds(request, page, now_s)) {
    ranges = parse_ranges(*field, page.status.size);
  }
  if (!ranges) {
    fields.add("Content-Length", std::to_string(page.status.size));
    if (page.status.size > 0) answer.parts.push_back({"", {0, page.status.size - 1}});
    return answer;
  }
  if (ranges->empty()) {
    answer = plain_answer(416);
    answer.head.fields.add("Content-Range", fmt::format("bytes */{}", page.status.size));
    return answer;
  }
  answer.head.status = 206;
  if (ranges->size() > 1) {
    answer_several(answer, *ranges, page);
    return answer;
  }
  fields.add("Content-Range", content_range(ranges->front(), page.status.size));
  fields.add("Content-Length", std::to_string(ranges->front().size()));
  answer.parts.push_back({"", ranges->front()});
  return answer;
}

}  // namespace catenet::http
