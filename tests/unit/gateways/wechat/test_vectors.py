"""Published values of the platform (protocols.md) that the SDK we build on must reproduce."""

from wechatpy import WeChatClient


def test_js_sdk_signature():
    """Section 1.3, the official example."""
    assert (
        WeChatClient("wx1", "s").jsapi.get_jsapi_signature(
            noncestr="Wm3WZYTPz0wzccnW",
            ticket="sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
            timestamp="1414587457",
            url="http://mp.weixin.qq.com?params=value",
        )
        == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
    )
