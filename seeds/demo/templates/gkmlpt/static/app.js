(function () {
  var config = window._CONFIG, app = document.getElementById("app");
  function node(tag, name, text) {
    var made = document.createElement(tag);
    if (name) { made.className = name; }
    if (text) { made.appendChild(document.createTextNode(text)); }
    return made;
  }
  function get(url, done) {
    var asked = new XMLHttpRequest();
    asked.open("GET", url);
    asked.onload = function () { if (asked.status === 200) { done(JSON.parse(asked.responseText)); } };
    asked.send();
  }
  function list(data) {
    var box = node("ul", "news_list");
    data.articles.forEach(function (row) {
      var item = node("li"), link = node("a", "title", row.title);
      link.href = row.url;
      item.appendChild(link);
      item.appendChild(node("span", "date", row.created_at.slice(0, 10)));
      box.appendChild(item);
    });
    app.appendChild(node("h2", "classify", data.classify.name));
    app.appendChild(box);
    if (data.page < data.pages) {
      var next = node("a", "next", "下一页");
      next.href = location.pathname + "?page=" + (data.page + 1);
      app.appendChild(next);
    }
  }
  function article(data) {
    document.title = data.title;
    app.appendChild(node("h1", "title", data.title));
    app.appendChild(node("div", "zw-info", "来源:" + data.source + " 发布时间:" + data.date));
    var body = node("div", "article-content");
    body.id = "zoomcon";
    data.content.forEach(function (text) { body.appendChild(node("p", "", text)); });
    app.appendChild(body);
    app.appendChild(node("div", "footer", data.footer));
  }
  if (config.POST) { get("/gkmlpt/api/post/" + config.POST + ".json", article); }
  else { get("/gkmlpt/api/all/" + config.CID + "?page=" + config.PAGE + "&sid=" + config.SID, list); }
})();
