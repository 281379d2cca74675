// HTTP heads, framing, chunks, dates and ranges, alone.
#include "catenet/service/http_message.hpp"

#include <gtest/gtest.h>

#include "catenet/service/http_chunked.hpp"
#include "catenet/service/http_date.hpp"
#include "catenet/service/http_range.hpp"

namespace catenet::http {
namespace {

Parsed<RequestHead> request(const std::string& line, const std::string& fields = "Host: a\r\n") {
  return parse_request_head(line + "\r\n" + fields + "\r\n");
}
u16 refusal(const std::string& line, const std::string& fields = "Host: a\r\n") {
  const auto head = request(line, fields);
  return head ? 0 : head.error().status;
}
u16 framing_refusal(const std::string& fields, const std::string& version = "1.1") {
  const auto head = request("POST / HTTP/" + version, fields);
  if (!head) return head.error().status;
  const auto framing = request_framing(*head);
  return framing ? 0 : framing.error().status;
}

TEST(Rfc9112, s3_request_line_is_taken_apart) {
  const auto head = request("GET /a?b HTTP/1.0", "Host: web\r\nA: 1\r\na:  2 \r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "GET");
  EXPECT_EQ(head->target, "/a?b");
  EXPECT_EQ(head->minor_version, 0);
  EXPECT_EQ(head->fields.joined("A"), "1, 2");
}

TEST(Rfc9112, s3_malformed_request_lines_are_400) {
  for (const char* line : {"GET", "GET /", "GET  / HTTP/1.1", "G@T / HTTP/1.1", " GET / HTTP/1.1",
                           "GET / HTTP/1.1 ", "GET /\t HTTP/1.1", "GET / http/1.1", "GET / HTTP/11",
                           "GET / HTTP/1.10", "GET / / HTTP/1.1", "GET /\x80 HTTP/1.1"}) {
    EXPECT_EQ(refusal(line), 400) << line;
  }
}

TEST(Rfc9110, s2_5_other_major_version_is_505) {
  EXPECT_EQ(refusal("GET / HTTP/2.0"), 505);
  EXPECT_EQ(refusal("GET / HTTP/0.9"), 505);
  EXPECT_EQ(refusal("GET / HTTP/1.7"), 0);
}

TEST(Rfc9112, s3_long_target_is_414) {
  EXPECT_EQ(refusal("GET /" + std::string(7'999, 'a') + " HTTP/1.1"), 0);
  EXPECT_EQ(refusal("GET /" + std::string(8'000, 'a') + " HTTP/1.1"), 414);
}

TEST(Rfc6585, s5_too_many_fields_are_431) {
  std::string fields;
  for (int i = 0; i < 128; ++i) fields += "A: b\r\n";
  EXPECT_EQ(refusal("GET / HTTP/1.1", fields), 0);
  EXPECT_EQ(refusal("GET / HTTP/1.1", fields + "A: b\r\n"), 431);
}

TEST(Rfc9112, s5_1_blank_before_colon_is_400) {
  EXPECT_EQ(refusal("GET / HTTP/1.1", "Host : a\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1", ": a\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1", "Host\r\n"), 400);
}

TEST(Rfc9112, s5_2_folded_line_is_400) {
  EXPECT_EQ(refusal("GET / HTTP/1.1", "Host: a\r\n b\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1", "\tHost: a\r\n"), 400);
}

TEST(Rfc9112, s2_2_bare_cr_and_nul_are_400) {
  EXPECT_EQ(refusal("GET / HTTP/1.1", "A: b\rC: d\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1", std::string("A: b\0c\r\n", 8)), 400);
  EXPECT_EQ(refusal("GET /\r HTTP/1.1"), 400);
}

TEST(Rfc9112, s2_2_single_lf_ends_a_line) {
  const std::string text = "GET / HTTP/1.1\nHost: a\n\nrest";
  EXPECT_EQ(head_length(text), text.size() - 4);
  EXPECT_TRUE(parse_request_head(text.substr(0, text.size() - 4)));
}

TEST(Rfc9112, s2_2_empty_lines_before_a_request_are_skipped) {
  EXPECT_EQ(leading_empty_lines("\r\n\n\r\nGET"), 5u);
  EXPECT_EQ(leading_empty_lines("\rGET"), 0u);
}

TEST(HttpHead, end_is_found_only_when_whole) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t n = 0; n < head.size(); ++n) EXPECT_FALSE(head_length(head.substr(0, n))) << n;
  EXPECT_EQ(head_length(head + "x"), head.size());
}

TEST(Rfc9112, s6_3_length_beside_transfer_encoding_is_400) {
  EXPECT_EQ(framing_refusal("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400);
}

TEST(Rfc9112, s6_3_unclear_lengths_are_refused) {
  EXPECT_EQ(framing_refusal("Content-Length: 3\r\nContent-Length: 4\r\n"), 400);
  EXPECT_EQ(framing_refusal("Content-Length: 3, 3\r\n"), 400);
  EXPECT_EQ(framing_refusal("Content-Length: +3\r\n"), 400);
  EXPECT_EQ(framing_refusal("Content-Length: -3\r\n"), 400);
  EXPECT_EQ(framing_refusal("Content-Length: 0x3\r\n"), 400);
  EXPECT_EQ(framing_refusal("Content-Length:\r\n"), 400);
  EXPECT_EQ(framing_refusal("Content-Length: 18446744073709551616\r\n"), 413);
}

TEST(Rfc9112, s6_1_transfer_codings_are_checked) {
  EXPECT_EQ(framing_refusal("Transfer-Encoding: chunked\r\n"), 0);
  EXPECT_EQ(framing_refusal("Transfer-Encoding: CHUNKED\r\n"), 0);
  EXPECT_EQ(framing_refusal("Transfer-Encoding: gzip, chunked\r\n"), 501);
  EXPECT_EQ(framing_refusal("Transfer-Encoding: chunked, gzip\r\n"), 400);
  EXPECT_EQ(framing_refusal("Transfer-Encoding: gzip\r\n"), 400);
  EXPECT_EQ(framing_refusal("Transfer-Encoding: xchunked\r\n"), 400);
  EXPECT_EQ(framing_refusal("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(framing_refusal("Transfer-Encoding: chunked\r\n", "1.0"), 400);
}

Parsed<ResponseHead> response(const std::string& text) { return parse_response_head(text); }

TEST(Rfc9112, s4_status_line_is_taken_apart) {
  const auto head = response("HTTP/1.1 404 Not Here\r\nA: b\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 404);
  EXPECT_EQ(head->reason, "Not Here");
  EXPECT_EQ(response("HTTP/1.1 200\r\n\r\n")->reason, "");
  EXPECT_EQ(response("HTTP/1.1 200 \r\n\r\n")->reason, "");
}

TEST(Rfc9112, s4_malformed_status_lines_are_refused) {
  for (const char* line :
       {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 abc OK",
        "HTTP/1.1 099 OK", "HTTP/1.1 600 OK", "ICY 200 OK", "HTTP/1.1200 OK", "HTTP/1.1 200OK"}) {
    EXPECT_FALSE(response(std::string(line) + "\r\n\r\n")) << line;
  }
}

TEST(Rfc9112, s6_3_responses_without_a_body_end_with_their_head) {
  using Kind = BodyFraming::Kind;
  const auto framing = [](const std::string& text, const char* method) {
    return *response_framing(*response(text), method);
  };
  const std::string body = "Content-Length: 9\r\n\r\n";
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\n" + body, "GET").length, 9u);
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\n" + body, "HEAD").length, 0u);
  EXPECT_EQ(framing("HTTP/1.1 304 Same\r\n" + body, "GET").length, 0u);
  EXPECT_EQ(framing("HTTP/1.1 204 None\r\n\r\n", "GET").kind, Kind::length);
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\n\r\n", "GET").kind, Kind::until_close);
}

TEST(Rfc9112, s9_3_persistence_depends_on_version_and_field) {
  const auto fields = [](const char* connection) {
    Fields result;
    if (connection) result.add("connection", connection);
    return result;
  };
  EXPECT_TRUE(keeps_alive(1, fields(nullptr)));
  EXPECT_FALSE(keeps_alive(1, fields("upgrade, Close")));
  EXPECT_FALSE(keeps_alive(0, fields(nullptr)));
  EXPECT_TRUE(keeps_alive(0, fields("keep-alive")));
}

TEST(HttpHead, emitted_head_parses_to_itself) {
  RequestHead head{"GET", "/x", 1, {}};
  head.fields.add("Host", "web");
  head.fields.add("Range", "bytes=0-1");
  const auto again = parse_request_head(emit(head));
  ASSERT_TRUE(again);
  EXPECT_EQ(emit(*again), emit(head));
}

// --- Chunks ---

// The body, fed `step` bytes at a time; "!" and why where it is refused, "…" where it has not
// ended.
std::string decode(std::string_view coded, std::size_t step) {
  ChunkedDecoder decoder;
  std::string body;
  while (!coded.empty() && !decoder.done()) {
    const std::string_view input = coded.substr(0, step);
    const auto result = decoder.next(input);
    if (!result) return "!" + std::string(result.error().what);
    body += result->data;
    coded.remove_prefix(result->used);
  }
  if (!decoder.done()) return body + "…";
  return body + (coded.empty() ? "" : "|" + std::string(coded));
}

TEST(Rfc9112, s7_1_chunks_are_joined_however_they_are_cut) {
  const std::string coded = "4\r\nWiki\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: v\r\n\r\nnext";
  for (std::size_t step = 1; step <= coded.size(); ++step) {
    EXPECT_EQ(decode(coded, step).substr(0, 14), "Wiki0123456789") << step;
  }
  EXPECT_EQ(decode(coded, coded.size()), "Wiki0123456789|next");
}

TEST(Rfc9112, s7_1_malformed_chunks_are_refused) {
  for (const char* coded :
       {"\r\n", "g\r\n", "4\nWiki", "4\r\nWikix\r\n", "4\r\nWiki\n", "-1\r\n", "0x4\r\n", " 4\r\n",
        "4 5\r\n", "4\r5\r\n", "0\r\nno colon\r\n", "11111111111111111\r\n"}) {
    EXPECT_EQ(decode(coded, 100)[0], '!') << coded;
  }
  EXPECT_EQ(decode("4;" + std::string(2'000, 'a'), 100)[0], '!');
  EXPECT_EQ(decode("0\r\n" + std::string(9'000, 'a'), 100)[0], '!');
}

TEST(HttpChunked, unfinished_body_is_not_done) {
  EXPECT_EQ(decode("4\r\nWi", 100), "Wi…");
  EXPECT_EQ(decode("0\r\n", 100), "…");
}

// --- Dates ---

TEST(Rfc9110, s5_6_7_all_three_date_forms_are_read) {
  constexpr i64 now = 946'684'800;
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT", now), 784'111'777);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", now), 784'111'777);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994", now), 784'111'777);
  EXPECT_EQ(format_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Rfc9110, s5_6_7_two_digit_year_far_ahead_is_past) {
  constexpr i64 in_2024 = 1'704'067'200;
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", in_2024), 784'111'777);
}

TEST(HttpDate, impossible_dates_are_refused) {
  for (const char* text : {"", "Sun, 31 Feb 1999 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 00 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_date(text, 0)) << text;
  }
  EXPECT_TRUE(parse_date("Thu, 29 Feb 1996 00:00:00 GMT", 0));
  EXPECT_FALSE(parse_date("Wed, 29 Feb 1900 00:00:00 GMT", 0));
}

TEST(HttpDate, every_day_of_400_years_goes_round) {
  for (i64 day = 0; day < 146'097; ++day) {
    const i64 s = day * 86'400 + day % 86'400;
    ASSERT_EQ(parse_date(format_date(s), 0), s);
  }
}

// --- Ranges ---

using Ranges = std::vector<ByteRange>;

TEST(Rfc9110, s14_1_2_byte_ranges_are_cut_to_the_size) {
  EXPECT_EQ(parse_ranges("bytes=0-4", 10), (Ranges{{0, 4}}));
  EXPECT_EQ(parse_ranges("bytes=5-", 10), (Ranges{{5, 9}}));
  EXPECT_EQ(parse_ranges("bytes=-3", 10), (Ranges{{7, 9}}));
  EXPECT_EQ(parse_ranges("bytes=-30", 10), (Ranges{{0, 9}}));
  EXPECT_EQ(parse_ranges("Bytes = 8-99", 10), (Ranges{{8, 9}}));
  EXPECT_EQ(parse_ranges("bytes=0-0, -1", 10), (Ranges{{0, 0}, {9, 9}}));
}

TEST(Rfc9110, s14_1_2_unsatisfiable_ranges_leave_none) {
  EXPECT_EQ(parse_ranges("bytes=10-", 10), Ranges{});
  EXPECT_EQ(parse_ranges("bytes=-0", 10), Ranges{});
  EXPECT_EQ(parse_ranges("bytes=0-", 0), Ranges{});
  EXPECT_EQ(parse_ranges("bytes=20-30,3-3", 10), (Ranges{{3, 3}}));
}

TEST(Rfc9110, s14_2_malformed_or_wasteful_ranges_are_ignored) {
  for (const char* field : {"bytes", "lines=0-1", "bytes=", "bytes=a-b", "bytes=4-2", "bytes=1",
                            "bytes=--1", "bytes=0-9,0-9", "bytes=99999999999999999999-"}) {
    EXPECT_FALSE(parse_ranges(field, 10)) << field;
  }
  std::string many = "bytes=0-0";
  for (int i = 1; i < 17; ++i) many += "," + std::to_string(i) + "-" + std::to_string(i);
  EXPECT_FALSE(parse_ranges(many, 100));
}

}  // namespace
}  // namespace catenet::http
